// SPDX-License-Identifier: Apache-2.0
// The report of `keyhold adopt`, for people and as JSON.
#include <algorithm>
#include <array>
#include <iomanip>
#include <ostream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/adoption/adopt.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "server/signing_keys.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
// What a server of ours would say of the secret, such as that it is printed in a tutorial; empty if it is good or none
// was found.
std::string secret_problem(const Application& application) {
    if (application.settings.secret_key.empty()) return {};
    if (application.secret_name.empty()) return server::problem_with_secret(application.settings);
    return server::problem_with_secret(application.settings, application.secret_name);
}

// Within single quotes a POSIX shell reads every character as itself but the quote, which is closed, escaped and
// opened again.
std::string shell_word(std::string_view text) {
    const auto is_plain = [](char c) {
        return is_ascii_alphanumeric(c) || std::string_view("_./:=,@%+-").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + "'";
}

// For the reader to paste, so nothing in it may be a secret: a terminal's history keeps it.
std::string again(const Context& context, const AdoptOptions& options, std::string_view more) {
    std::string command = "keyhold adopt", note;
    const auto add = [&](std::string_view flag, std::string_view value) {
        if (!value.empty()) command.append(" ").append(flag).append(" ").append(shell_word(value));
    };
    if (!options.folder.empty()) command.append(" ").append(shell_word(options.folder));
    for (const auto& [name, value] : context.sources.flags) {
        if (value.find('@') != value.npos) {  // the URL of a server, with its password
            note = "    # with DATABASE_URL as --database-url was";
            continue;
        }
        std::string flag = "--" + name;
        std::ranges::replace(flag, '_', '-');
        add(flag, value);
    }
    // Every flag again that was given, so that the second run decides as the first one did.
    const TableNames& names = options.names;
    add("--table", names.table);
    add("--name-column", names.name);
    add("--password-column", names.password);
    for (const std::string& value : names.values) add("--value", value);
    for (const std::string& column : names.active) add("--active-column", column);
    for (const std::string& column : names.disabled) add("--disabled-column", column);
    if (names.everybody) command += " --everybody-may-log-in";
    if (names.no_registration) command += " --no-registration";
    if (names.as_typed) command += " --names-as-typed";
    if (options.lost_passwords) command += " --old-passwords-stop-working";
    if (!more.empty()) command.append(" ").append(more);
    return command + note;
}

namespace {

// An array of texts under this name.
void print_texts(json::Writer& out, const char* name, const std::vector<std::string>& texts) {
    out.name(name);
    out.begin_array();
    for (const std::string& text : texts) out.value(text);
    out.end_array();
}

// What the columns of a new row get that say nothing of log-ins, in words.
std::vector<std::pair<std::string, std::string>> values_of_new_users(const ForeignUsers& users) {
    // What new users get is written in SQL (store::value_for_new_row()); these are the expressions that people see
    // often.
    constexpr std::array words{std::pair{"NEW.id", "an id"},
                               std::pair{"REPLACE(NEW.id, '-', '')", "an id"},
                               std::pair{"NEW.username", "the username"},
                               std::pair{"NEW.email", "the address"},
                               std::pair{"FALSE", "no"},
                               std::pair{"0", "no"},
                               std::pair{"CURRENT_TIMESTAMP", "the time"},
                               std::pair{"CURRENT_DATE", "the day"}};
    std::vector<std::pair<std::string, std::string>> told;
    if (!users.table.takes_registrations) return told;
    for (const store::ForeignColumn& column : users.columns) {
        // Columns that the report has told of before.
        const bool is_plain =
            column.name == users.table.id || column.name == users.table.name || column.name == users.table.password ||
            std::ranges::find(users.table.locks, column.name, &store::ForeignLock::column) != users.table.locks.end();
        const std::string value = store::value_for_new_row(users.table, column);
        if (is_plain || value.empty()) continue;
        const auto* const word =
            std::ranges::find(words, value, [](const auto& row) { return std::string(row.first); });
        const bool is_time = std::ranges::find(users.table.times, column.name,
                                               &std::pair<std::string, std::string>::first) != users.table.times.end();
        const auto code = users.said_by.find(column.name);
        const auto given =
            std::ranges::find(users.table.values, column.name, &std::pair<std::string, std::string>::first);
        if (code != users.said_by.end() && given != users.table.values.end()) {
            const bool is_word = store::is_yes_or_no(column.type) && (given->second == "0" || given->second == "1");
            told.emplace_back(column.name, !is_word ? given->second : given->second == "0" ? "no" : "yes");
            continue;
        }
        if (is_time && code != users.said_by.end()) {
            told.emplace_back(column.name, value == "CURRENT_DATE" ? "the day" : "the time");
            continue;
        }
        told.emplace_back(column.name, is_time               ? "the time, as in the other rows"
                                       : word != words.end() ? std::string(word->second)
                                                             : value);
    }
    return told;
}

// The report as one object. Its names are public: scripts read them (docs/taking-over.md), so they stay as they are.
void print_json(Context& context, const Application& application, const ForeignUsers& users,
                const AdoptionReport& report, const std::string& next) {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("database_from", application.database_from);
    out.member("secret_from", application.secret_from);
    out.member("secret_problem", secret_problem(application));
    out.member("token_sub", application.settings.token_sub);
    out.member("token_sub_from", application.subject_from);
    print_texts(out, "token_claims", application.settings.token_claims);
    out.member("table", users.table.table);
    out.member("id_column", users.table.id);
    out.member("name_column", users.table.name);
    out.member("password_column", users.table.password);
    // Columns whose meaning is understood, and behind them those of which the operator has to say it.
    out.name("lock_out_columns");
    out.begin_array();
    for (const store::ForeignLock& lock : users.table.locks) out.value(lock.column);
    out.end_array();
    out.name("unclear_columns");
    out.begin_array();
    for (const std::string& name : users.unclear) out.value(name);
    out.end_array();
    out.member("locked_out", report.locked_out);
    print_texts(out, "null_locks", users.null_locks);
    out.member("rows", report.rows);
    // How many rows have each kind of hash, such as "bcrypt, cost 12".
    out.name("hashes");
    out.begin_object();
    for (const auto& [kind, count] : report.hashes) out.member(kind, count);
    out.end_object();
    out.member("registration", users.table.takes_registrations);
    out.member("email_column", users.table.email);
    out.member("email_required", users.table.email_required);
    out.member("small_names", users.table.spelling.small_names);
    out.member("small_addresses", users.table.spelling.small_addresses);
    out.member("names_are_addresses", users.table.spelling.names_are_addresses);
    out.member("writes", users.table.written_hash);
    // What the columns of a new row get; scripts know the member by this name.
    out.name("newcomers");
    out.begin_object();
    for (const auto& [column, value] : values_of_new_users(users)) out.member(column, value);
    out.end_object();
    // Of those the ones that the application's code says, and where.
    out.name("newcomers_from");
    out.begin_object();
    for (const auto& [column, where] : users.said_by) out.member(column, where);
    out.end_object();
    print_texts(out, "left_empty", users.empty);
    // What was guessed, and what was looked for and not found: both are for the operator to confirm.
    print_texts(out, "guesses", users.guesses);
    print_texts(out, "not_found", application.not_found);
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
    if (!next.empty()) out.member("next", next);
    out.end_object();
    context.out << line << '\n';
}

// `lines` are the first of `all`; the dots stand for the others.
void print_list(std::ostream& out, const std::vector<std::string>& lines, std::int64_t all) {
    for (const std::string& line : lines) out << "                  " << line << '\n';
    if (all > static_cast<std::int64_t>(lines.size())) out << "                  ...\n";
}

// What the operator decides of a column that is not understood.
std::string what_to_say(const ForeignUsers& users, const std::string& column) {
    const auto words = users.words.find(column), flags = users.flags.find(column);
    const std::string holds = words != users.words.end() ? "it holds " + words->second + ". " : "";
    if (flags != users.flags.end())
        return holds + "Say " + flags->second +
               ", whoever has another word than the first may not log in; or --everybody-may-log-in if it says nothing "
               "of that";
    if (domain::says_until(column))
        return "Keyhold follows no lock-out that ends by itself; --everybody-may-log-in lets them in here";
    return holds + "say --active-column " + column + " or --disabled-column " + column +
           ", for words --active-column " + column + "=WORD --disabled-column " + column +
           "=WORD, or --everybody-may-log-in if it says nothing of that";
}

// Which columns lock people out, and which are not understood. A column that nobody understands is never passed over in
// silence, because people who are locked out there could log in here.
void print_locks(std::ostream& out, const ForeignUsers& users, const AdoptionReport& report) {
    std::string followed;
    for (const store::ForeignLock& lock : users.table.locks)
        followed.append(followed.empty() ? "" : ", ").append(lock.column);
    if (!followed.empty())
        out << "Locked out      " << report.locked_out << ", by " << followed << ": followed both ways\n";
    else if (users.unclear.empty())
        out << "Locked out      nobody: no column says it. Whoever is disabled at Keyhold can still log in to the "
               "application\n";
    for (const std::string& sentence : users.null_locks) out << "                " << sentence << '\n';
    for (const std::string& name : users.unclear)
        out << "Not understood  " << name
            << " may lock people out, and they would get in here: " << what_to_say(users, name) << '\n';
    std::string others;
    for (const std::string& name : users.other_yes_or_no) others.append(others.empty() ? "" : ", ").append(name);
    if (!others.empty())
        out << "                " << others << ": not taken for a lock-out. If one is, say so by --active-column or "
            << "--disabled-column\n";
    for (const std::string& name : users.verified)
        out << "                " << name << " is not looked at: whoever it says no of may log in at Keyhold\n";
}

// Whether the database asks for an address, and not only all rows have one.
bool asks_for_address(const ForeignUsers& users) {
    const auto column = std::ranges::find(users.columns, users.table.email, &store::ForeignColumn::name);
    return column != users.columns.end() && (column->is_required || column->has_default);
}

// How their names and addresses are written.
void print_spelling(std::ostream& out, const store::ForeignTable& table) {
    const store::Spelling& spelling = table.spelling;
    if (spelling.names_are_addresses)
        out << "                they are called by an e-mail address, as all there are: no other name is taken\n";
    if (!spelling.small_names && !spelling.small_addresses) return;
    out << "                "
        << (!spelling.small_addresses || table.email.empty() ? "names"
            : spelling.small_names                           ? "names and addresses"
                                                             : "addresses")
        << " are written in small letters, as all there are: --names-as-typed says otherwise\n";
}

// What happens at the application's table when somebody registers at Keyhold.
void print_new_users(std::ostream& out, const ForeignUsers& users) {
    if (!users.table.takes_registrations) {
        out << "New users       register at the application alone, as --no-registration says\n";
        return;
    }
    std::string list;
    // What the code says has a line for each, with the place to look at.
    std::vector<std::string> by_code;
    for (const auto& [column, value] : values_of_new_users(users))
        if (const auto said = users.said_by.find(column); said != users.said_by.end())
            by_code.push_back(column + " = " + (value.empty() ? "nothing" : value) + ", as " + said->second + " says");
        else
            list.append(list.empty() ? "" : ", ").append(column).append(" = ").append(value);
    out << "New users       who register at Keyhold get a row in " << users.table.table
        << (list.empty() ? "" : ": " + list) << '\n';
    for (const std::string& line : by_code) out << "                " << without_controls(line) << '\n';
    std::string open;
    for (const store::ForeignLock& lock : users.table.locks) open.append(open.empty() ? "" : ", ").append(lock.column);
    if (!open.empty())
        out << "                they may log in at once at both, and " << open
            << " says so: --no-registration if somebody has to approve of them first\n";
    print_spelling(out, users.table);
    if (users.table.email_required)
        out << "                they have to give an e-mail address, as the column " << users.table.email
            << (asks_for_address(users) ? " asks for one\n" : " has one of every user\n");
    for (const std::string& column : users.empty_unique)
        out << "                " << column
            << " stays empty, and every user there has something of their own in it: --no-registration if the "
               "application needs it\n";
    for (const std::string& column : users.empty)
        out << "                " << column << " stays empty, and every user there has something in it: say --value "
            << column << "=... if the application needs it\n";
}

// Which claim and column the application's old tokens name users by.
void print_subject(std::ostream& out, const Application& application) {
    const Settings& settings = application.settings;
    if (application.asks_for_subject)
        out << "                whom they name no code says: say --token-sub username, email or id, as `sub` is "
               "there\n";
    if (application.subject_from.empty()) return;
    out << "                name users by their " << settings.token_sub << ", as " << application.subject_from
        << " says, and so do Keyhold's";
    for (std::size_t i = 0; i < settings.token_claims.size(); ++i)
        out << (i == 0 ? ", which carry " : ", ") << settings.token_claims[i];
    out << '\n';
}

}  // namespace

// `next` is the command to run next; empty after --apply, and where a column has to be explained first.
void print_report(Context& context, const Application& application, const ForeignUsers& users,
                  const AdoptionReport& report, const std::string& next) {
    if (context.json) return print_json(context, application, users, report, next);
    std::ostream& out = context.out;
    const store::ForeignTable& table = users.table;
    out << "Database        found in " << application.database_from << '\n';
    out << "Secret key      "
        << (!application.secret_from.empty() ? "found in " + application.secret_from
            : application.makes_no_tokens.empty()
                ? std::string("not found: old tokens will not work")
                : "none is shared, as no code of the application signs tokens (" + application.makes_no_tokens +
                      "): Keyhold makes a key of its own; --secret-key-file shares one")
        << '\n';
    if (const std::string problem = secret_problem(application); !problem.empty())
        out << "                " << problem
            << "\n                `keyhold serve` does not start with it; changing it on both sides logs everybody out "
               "once\n";
    if (!application.secret_from.empty())
        out << "Its tokens      "
            << (!application.takes_old_tokens ? std::string("are all refused here (see below)")
                : application.expire_minutes.empty()
                    ? std::string(
                          "no ACCESS_TOKEN_EXPIRE_MINUTES was found: those that live for longer than 30 minutes "
                          "are refused unless old_token_minutes says how long they live")
                    : "live for " + application.expire_minutes + " minutes; those that live for longer are refused")
            << '\n';
    if (!application.secret_from.empty()) print_subject(out, application);
    out << "Users           " << report.rows << " in the table " << table.table << ": " << table.id << ", "
        << table.name << ", " << table.password << '\n';
    print_locks(out, users, report);
    print_new_users(out, users);
    bool first = true;
    for (const auto& [kind, count] : report.hashes) {
        out << (first ? "Hashes          " : "                ") << count << ' ' << kind << '\n';
        first = false;
    }
    if (report.unreadable != 0)
        out << "                those that Keyhold cannot read still open the application, until a new password is "
               "set\n";
    if (report.clashing != 0) {
        out << "Names           " << report.clashing << (report.clashing == 1 ? " differs" : " differ")
            << " only in case or the like from another: the first one logs in at Keyhold too, the others at the "
               "application alone\n";
        print_list(out, report.clashes, report.clashing);
    }
    for (const std::string& guess : users.guesses) out << "Guessed         " << guess << '\n';
    for (const std::string& reason : application.not_found) out << "Not found       " << reason << '\n';
    if (report.odd != 0) {
        out << "Names           " << report.odd
            << " are none that Keyhold can have: they stay with the application alone\n";
        print_list(out, report.oddities, report.odd);
    }
    if (!next.empty())
        out << "Next            " << next << '\n';
    else if (!users.unclear.empty())
        out << "Next            the same again, with what you know of " << users.unclear.front()
            << (users.unclear.size() > 1 ? " and the others\n" : "\n");
}

}  // namespace keyhold::cli
