// SPDX-License-Identifier: Apache-2.0
// The report of `keyhold adopt`, for people and as JSON.
#include <algorithm>
#include <iomanip>
#include <ostream>

#include "base/json.hpp"
#include "cli/tools/adopt.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

std::string secret_problem(const Application& application) {
    if (application.settings.secret_key.empty()) return {};
    return server::problem_with_secret(application.settings);
}

void print_json(Context& context, const Application& application, const ForeignUsers& users,
                const AdoptionReport& report) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("database_from", application.database_from);
    out.member("secret_from", application.secret_from);
    out.member("secret_problem", secret_problem(application));
    out.member("table", users.table.table);
    out.member("id_column", users.table.id);
    out.member("name_column", users.table.name);
    out.member("password_column", users.table.password);
    out.name("lock_out_columns");
    out.begin_array();
    for (const store::ForeignLock& lock : users.table.locks) out.value(lock.column);
    out.end_array();
    out.name("unclear_columns");
    out.begin_array();
    for (const std::string& name : users.unclear) out.value(name);
    out.end_array();
    out.member("locked_out", report.locked_out);
    out.member("rows", report.rows);
    out.name("hashes");
    out.begin_object();
    for (const auto& [kind, count] : report.hashes) out.member(kind, count);
    out.end_object();
    out.member("clashing", report.clashing);
    out.name("clashes");
    out.begin_array();
    for (const std::string& clash : report.clashes) out.value(clash);
    out.end_array();
    out.member("odd", report.odd);
    out.name("oddities");
    out.begin_array();
    for (const std::string& oddity : report.oddities) out.value(oddity);
    out.end_array();
    out.end_object();
    context.out << line << '\n';
}

void print_list(std::ostream& out, const std::vector<std::string>& lines, std::int64_t all) {
    for (const std::string& line : lines) out << "                  " << line << '\n';
    if (all > static_cast<std::int64_t>(lines.size())) out << "                  ...\n";
}

void print_locks(std::ostream& out, const ForeignUsers& users, const AdoptionReport& report) {
    std::string followed;
    for (const store::ForeignLock& lock : users.table.locks)
        followed.append(followed.empty() ? "" : ", ").append(lock.column);
    if (!followed.empty())
        out << "Locked out      " << report.locked_out << ", by " << followed << ": followed both ways\n";
    else if (users.unclear.empty())
        out << "Locked out      nobody: no column says it. Whoever is disabled at Keyhold can still log in to the "
               "application\n";
    for (const std::string& name : users.unclear)
        out << "Not understood  " << name
            << " may lock people out, and they would get in here: say --active-column or --disabled-column and a name, "
               "or --everybody-may-log-in\n";
    for (const std::string& name : users.verified)
        out << "                " << name << " is not looked at: whoever it says no of may log in at Keyhold\n";
}

}  // namespace

void print_report(Context& context, const Application& application, const ForeignUsers& users,
                  const AdoptionReport& report) {
    if (context.json) return print_json(context, application, users, report);
    std::ostream& out = context.out;
    const store::ForeignTable& table = users.table;
    out << "Database        found in " << application.database_from << '\n';
    out << "Secret key      "
        << (application.secret_from.empty() ? std::string("not found: old tokens will not work")
                                            : "found in " + application.secret_from)
        << '\n';
    if (const std::string problem = secret_problem(application); !problem.empty())
        out << "                " << problem
            << "\n                `keyhold serve` does not start with it; changing it on both sides logs everybody out "
               "once\n";
    if (!application.secret_from.empty())
        out << "Its tokens      "
            << (application.expire_minutes.empty()
                    ? std::string(
                          "no ACCESS_TOKEN_EXPIRE_MINUTES was found: those that live for longer than 30 minutes "
                          "are refused unless old_token_minutes says how long they live")
                    : "live for " + application.expire_minutes + " minutes; those that live for longer are refused")
            << '\n';
    out << "Users           " << report.rows << " in the table " << table.table << ": " << table.id << ", "
        << table.name << ", " << table.password << '\n';
    print_locks(out, users, report);
    bool first = true;
    for (const auto& [kind, count] : report.hashes) {
        out << (first ? "Hashes          " : "                ") << count << ' ' << kind << '\n';
        first = false;
    }
    if (report.unreadable != 0)
        out << "                those that Keyhold cannot read still open the application, until a new password is "
               "set\n";
    if (report.clashing != 0) {
        out << "Names           " << report.clashing
            << " are another's when case and the like are folded: they stay with the application alone, the first one "
               "comes to Keyhold\n";
        print_list(out, report.clashes, report.clashing);
    }
    if (report.odd != 0) {
        out << "Names           " << report.odd
            << " are none that Keyhold can have: they stay with the application alone\n";
        print_list(out, report.oddities, report.odd);
    }
}

}  // namespace keyhold::cli
