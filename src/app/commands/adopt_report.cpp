// The report of `keyhold adopt`, for people and as JSON.
#include <algorithm>
#include <iomanip>
#include <ostream>

#include "app/commands/adopt.hpp"
#include "app/signing_keys.hpp"
#include "base/json.hpp"

namespace keyhold::app {
namespace {

std::string secret_problem(const Application& application) {
    if (application.settings.secret_key.empty()) return {};
    return problem_with_secret(application.settings);
}

void print_json(Context& context, const Application& application, const OldUsers& users, const AdoptionReport& report) {
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
    out.member("active_column", users.table.active);
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

}  // namespace

void print_report(Context& context, const Application& application, const OldUsers& users,
                  const AdoptionReport& report) {
    if (context.json) return print_json(context, application, users, report);
    std::ostream& out = context.out;
    const store::OldTable& table = users.table;
    out << "Database        found in " << application.database_from << '\n';
    out << "Secret key      "
        << (application.secret_from.empty() ? std::string("not found: old tokens will not work")
                                            : "found in " + application.secret_from)
        << '\n';
    if (const std::string problem = secret_problem(application); !problem.empty())
        out << "                " << problem
            << "\n                `keyhold serve` does not start with it; changing it on both sides logs everybody out "
               "once\n";
    out << "Users           " << report.rows << " in the table " << table.table << ": " << table.id << ", "
        << table.name << ", " << table.password << (table.active.empty() ? "" : ", " + table.active) << '\n';
    if (table.active.empty())
        out << "                whoever is disabled at Keyhold can still log in to the application: its table cannot "
               "say it\n";
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

}  // namespace keyhold::app
