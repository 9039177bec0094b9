// SPDX-License-Identifier: Apache-2.0
// keyhold import csv|jsonl|app|fastapi|django|firebase|keycloak|auth0: users and their password hashes from elsewhere.
#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/progress.hpp"
#include "cli/tools/records.hpp"
#include "cli/tools/who_may.hpp"
#include "crypto/measured_speeds.hpp"
#include "crypto/random.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/adoption/account_import.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "server/files.hpp"
#include "store/database/driver.hpp"
#include "store/stores.hpp"

namespace keyhold::cli {
namespace {

using domain::AccountImport;

// The flags and arguments of all kinds of import; each kind fills in those that it has.
struct ImportOptions {
    std::string path, errors, table, hash_config;
    ColumnNames names;
    bool apply = false;
};

// The lines that were refused, and why; made with the first one. Never holds a name, a password or a hash.
// One thread.
class ErrorFile {
public:
    ErrorFile(std::string path, std::ostream& err) : path_(std::move(path)), err_(err) {}

    // Refused before anything is imported: what can never be written, and a file that is no older list, as the one that
    // is being imported.
    Result<> check() const {
        std::error_code error;
        const auto there = std::filesystem::symlink_status(path_, error).type();
        if (there == std::filesystem::file_type::not_found) return {};
        const bool is_file = there == std::filesystem::file_type::regular;
        if (is_file) {
            std::string begin;
            std::getline(std::ifstream(path_, std::ios::binary), begin);
            if (begin.empty() || begin == first_line) return {};
        }
        return Error(errors::configuration, path_ +
                                                (is_file ? " is a file of another kind" : " is a link or the like") +
                                                ", and what is refused would be listed there: choose another with "
                                                "--errors");
    }
    // The reason must hold nothing secret: it goes to the file and to the terminal.
    void add(std::int64_t line, std::string_view reason) {
        if (count_++ == 0) {
            file_.emplace(path_, server::PrivateFile::Over::older_file);
            file_->write(std::string(first_line) + "\n");
        }
        file_->write(std::to_string(line) + ",\"" + quoted(reason) + "\"\n");
        if (count_ <= shown) err_ << "line " << line << ": " << reason << '\n';
        if (count_ == shown + 1) err_ << "...\n";
    }
    // Refused: configuration, if it could not be written.
    Result<> close() {
        if (count_ == 0) return {};
        if (auto closed = file_->close(); !closed)
            return Error(errors::configuration,
                         std::string(closed.error().detail()) + "; choose another with --errors");
        err_ << "What was refused, line by line: " << path_ << '\n';
        return {};
    }

private:
    // So many lines are shown at the terminal too; all of them are in the file.
    static constexpr std::int64_t shown = 5;
    static constexpr std::string_view first_line = "line,reason";
    // RFC 4180 §2, rule 7: a quote within a quoted field is doubled.
    static std::string quoted(std::string_view text) {
        std::string doubled;
        for (const char c : text) doubled.append(c == '"' ? 2 : 1, c);
        return doubled;
    }
    const std::string path_;
    std::ostream& err_;
    std::optional<server::PrivateFile> file_;
    std::int64_t count_ = 0;
};

// Beside the file that was read; here, where that was no file.
std::string errors_file(const ImportOptions& options) {
    if (!options.errors.empty()) return options.errors;
    std::error_code error;
    return (std::filesystem::is_regular_file(options.path, error) ? options.path : "keyhold-import") + ".errors";
}

// The counts go to standard output, the hint to use --apply to standard error.
void print(Context& context, const AccountImport::Counts& counts, bool applied) {
    if (context.json) {
        std::string line;
        json::Writer out(line);
        out.begin_object();
        out.member("applied", applied);
        out.member("added", counts.added);
        out.member("present", counts.present);
        out.member("refused", counts.refused);
        out.end_object();
        context.out << line << '\n';
        return;
    }
    context.out << counts.all() << " users read: " << counts.added << (applied ? " added, " : " would be added, ")
                << counts.present << " there already, " << counts.refused << " refused\n";
    if (!applied) context.err << "Nothing was written: --apply does it.\n";
}

// Records that were read and wait for their batch are not counted as done.
void show_progress(Progress& progress, const AccountImport& import, const Records& records) {
    const std::int64_t done = import.counts().all();
    const auto read = static_cast<double>(done) + static_cast<double>(import.gathered());
    const double share = read == 0 ? 0 : static_cast<double>(done) / read;
    progress.show(done, static_cast<std::int64_t>(share * static_cast<double>(records.position())), records.total());
}

// To standard error, since it is no result.
void say_how_fast(std::ostream& err, std::int64_t users, std::chrono::duration<double> took) {
    const double rate = static_cast<double>(users) / std::max(took.count(), 1e-6);
    std::ostringstream line;
    line << std::fixed << std::setprecision(1) << took.count() << " s, " << std::setprecision(0) << rate
         << " users/s\n";
    err << line.str();
}

// Without accounts, where a dry run finds no database yet.
Result<store::Stores> open_accounts(const std::string& url, bool apply, std::ostream& err) {
    const auto location = store::parse_url(url);
    if (!location) return location.error();
    if (!apply && !location->driver->exists(location->target)) {
        err << "There is no database at " << location->shown << " yet: before --apply, `keyhold db create`.\n";
        return store::Stores();
    }
    // A batch is one statement, and a slow disk or an adopted application's triggers may take their time over it.
    auto stores = store::open_stores(url, {.connections = 1, .patience = std::chrono::seconds(30)});
    if (!stores && !apply && stores.error().errc() == errors::not_found) {  // a server's database without our tables
        err << "There are no tables of Keyhold's in " << location->shown
            << " yet: before --apply, `keyhold db create`.\n";
        return store::Stores();
    }
    return stores;
}

// The same question before a dry run and as the refusal of --apply.
std::string ask_who_may(const std::vector<std::string>& unclear) {
    return "who is locked out there may be in " + joined(unclear, ", ") +
           ", which Keyhold does not read: say --active-column or --disabled-column and a name, or "
           "--everybody-may-log-in";
}

// Reads all records, and writes the accounts in batches with --apply; without it only counts. A record that is refused
// does not stop the others. Exit code problems_found if one was refused.
void import_records(Context& context, Records& records, const ImportOptions& options) {
    // Decided before anything is read: who is locked out there must not be let in here by default.
    const auto unclear = domain::unclear_columns(records, options.names);
    if (!unclear.empty() && options.apply) return context.fail(Error(errors::configuration, ask_who_may(unclear)));
    if (!unclear.empty()) context.err << "Before --apply: " << ask_who_may(unclear) << '\n';
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    auto stores = open_accounts(loaded->settings.database_url, options.apply, context.err);
    if (!stores) return context.fail(stores.error());
    const SystemClock clock;
    crypto::SystemRandom random;
    crypto::MeasuredSpeeds speeds;
    // Puts itself in front of stores->accounts, so that an import sees what the application wrote.
    const auto* const adopted = domain::follow_adoption(*stores, clock, random);
    if (options.apply && adopted != nullptr && !adopted->takes_registrations())
        return context.fail(
            Error(errors::configuration,
                  "people register at the adopted application alone (--no-registration): import there"));
    ErrorFile errors(errors_file(options), context.err);
    if (auto possible = errors.check(); !possible) return context.fail(possible.error());
    auto progress = std::make_unique<Progress>(context.err, "users");
    // A dry run may have no database yet, and so no roles to look at.
    std::optional<domain::Roles> roles;
    if (stores->roles) roles.emplace(*stores->roles, clock);
    AccountImport import(
        stores->accounts.get(), roles ? &*roles : nullptr,
        options.apply ? store::Importing::write : store::Importing::look, clock, random, speeds,
        [&](std::int64_t line, std::string_view reason) { errors.add(line, reason); },
        // Refers to `import` itself, which is there by the time that it is called.
        [&] { show_progress(*progress, import, records); });
    const auto begin = std::chrono::steady_clock::now();
    domain::Record record;
    for (auto next = records.next(record); next != Records::Next::end; next = records.next(record)) {
        if (next == Records::Next::record)
            import.add(records.line(), record);
        else
            import.refuse(records.line(), records.why());
        show_progress(*progress, import, records);
    }
    import.finish();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    // The bar ends before anything else is printed.
    progress.reset();
    if (const auto unread = records.unread(); !unread.empty()) {
        context.err << "Not read:";
        for (const std::string& name : unread) context.err << ' ' << name;
        context.err << '\n';
    }
    if (auto closed = errors.close(); !closed) return context.fail(closed.error());
    print(context, import.counts(), options.apply);
    if (!context.json) say_how_fast(context.err, import.counts().all(), took);
    if (import.counts().refused != 0) context.exit = Exit::problems_found;
}

using OpenedRecords = Result<std::unique_ptr<Records>>;

// One function for each kind of source: it opens the records and reads none of them yet.
OpenedRecords open_csv(Context& context, const ImportOptions& options) {
    return read_csv(options.path, context.in, options.names);
}

OpenedRecords open_json_lines(Context& context, const ImportOptions& options) {
    return read_json_lines(options.path, context.in, options.names);
}

// The usual names of the table in FastAPI's tutorials and templates.
OpenedRecords open_fastapi(Context&, const ImportOptions& options) {
    static constexpr std::array<std::string_view, 4> usual{"users", "user", "accounts", "account"};
    return read_table(options.path, usual, options.table, options.names);
}

OpenedRecords open_application(Context& context, const ImportOptions& options) {
    std::vector<std::string> told;
    auto opened = read_application(options.path, options.table, options.names, told);
    if (opened && !context.json)
        for (const std::string& sentence : told) context.err << sentence << '\n';
    return opened;
}

// Of django.contrib.auth; a project with a user model of its own names its table by --table.
OpenedRecords open_django(Context&, const ImportOptions& options) {
    static constexpr std::array<std::string_view, 1> usual{"auth_user"};
    return read_table(options.path, usual, options.table, options.names);
}

OpenedRecords open_firebase(Context&, const ImportOptions& options) {
    return read_firebase_export(options.path, options.hash_config);
}

OpenedRecords open_keycloak(Context&, const ImportOptions& options) { return read_keycloak_export(options.path); }

OpenedRecords open_auth0(Context&, const ImportOptions& options) { return read_auth0_export(options.path); }

// Takes in what `open` reads.
void read_names(const Values& values, ColumnNames& names) {
    names.username = values.text("--username-column");
    names.password = values.text("--password-column");
    names.roles = values.text("--roles-column");
    read_who_may(values, names);
}

// Which flags a kind of import has: columns can be named where the source does not say what they mean.
enum class Source : std::uint8_t { file, table, service, firebase };
// The source of a table: it may be a URL, and every user of the machine can read command lines. So one with a password
// is a line of standard input, and "-" stands in its place.
Result<std::string> source_of_table(Context& context, std::string source) {
    if (store::without_password(source) != source)
        return Error(errors::configuration, "others can read this password: give -, and the URL on standard input");
    if (source != "-") return source;
    auto line = context.read_secret("URL of the database: ");
    if (!line) return Error(errors::validation_failed, "no URL came on standard input");
    return std::string(line->reveal());
}

// Takes from the flags what this source has, opens the records and imports them.
Run on_records(OpenedRecords (*open)(Context& context, const ImportOptions& options), Source source) {
    return [open, source](Context& context, const Values& values) {
        ImportOptions options;
        options.path = values.text("source");
        options.apply = values.given("--apply");
        options.errors = values.text("--errors");
        if (source == Source::firebase) options.hash_config = values.text("--hash-config");
        if (source == Source::file || source == Source::table) read_names(values, options.names);
        if (source == Source::table) {
            options.table = values.text("--table");
            auto from = source_of_table(context, std::move(options.path));
            if (!from) return context.fail(from.error());
            options.path = *std::move(from);
        }
        const auto records = open(context, options);
        if (!records) return context.fail(records.error());
        import_records(context, **records, options);
    };
}

constexpr auto of_application =
    "The application's folder, its database's URL (- reads it from stdin), or a SQLite file";

// Of the kinds whose columns can be named.
std::vector<Parameter> parameters(const char* source, bool is_table) {
    std::vector<Parameter> all{{.name = "source", .help = source, .required = true}};
    if (is_table) all.push_back({.name = "--table", .help = "The table of the users"});
    all.insert(all.end(), {{.name = "--apply", .help = "Write; without it nothing is changed", .takes = Takes::nothing},
                           {.name = "--errors", .help = "Where the refused lines are listed (FILE.errors)"},
                           {.name = "--username-column", .help = "The column that is the username"},
                           {.name = "--password-column", .help = "The column that is the password hash"},
                           {.name = "--roles-column",
                            .help = "The column of their roles, with spaces between them (`roles` of `keyhold user "
                                    "export`); without it nobody is given any"}});
    std::ranges::copy(who_may_parameters(), std::back_inserter(all));
    return all;
}

Command from_file(std::string name, std::string about, std::string example,
                  OpenedRecords (*open)(Context&, const ImportOptions&)) {
    return {.name = std::move(name),
            .about = std::move(about),
            .example = std::move(example),
            .parameters = parameters("What to read; - is standard input", false),
            .run = on_records(open, Source::file)};
}

// Of another service, whose exports say what their members are.
Command from_service(std::string name, std::string about, std::string example,
                     OpenedRecords (*open)(Context&, const ImportOptions&), std::vector<Parameter> more = {}) {
    const Source source = more.empty() ? Source::service : Source::firebase;
    std::vector<Parameter> all{
        {.name = "source", .help = "The file of the export", .required = true},
        {.name = "--apply", .help = "Write; without it nothing is changed", .takes = Takes::nothing},
        {.name = "--errors", .help = "Where the refused users are listed (FILE.errors)"}};
    all.insert(all.end(), more.begin(), more.end());
    return {.name = std::move(name),
            .about = std::move(about),
            .example = std::move(example),
            .parameters = std::move(all),
            .run = on_records(open, source)};
}

}  // namespace

Command import_command() {
    return {
        .name = "import",
        .about =
            "Take in users with their password hashes. Without --apply only says what would happen.\nRun it again "
            "after an interruption: what is there already is counted and left alone. Exit code 8 if lines were "
            "refused.",
        .example = "keyhold import csv users.csv --apply",
        .reads = {server::Topic::database},
        .commands = {
            from_file("csv",
                      "Take in users from a CSV file whose header names at least username (or email) and password_hash "
                      "(or hashed_password, password).\nAlso read: id (a UUID), created_at, disabled, is_active.",
                      "keyhold import csv users.csv --apply", open_csv),
            from_file("jsonl",
                      "Take in users from a file with a JSON object in each line, as `keyhold user export` and "
                      "Django's `dumpdata --format jsonl` write them",
                      "keyhold import jsonl users.jsonl --apply", open_json_lines),
            {.name = "app",
             .about = "Copy the users of an application out of its database, which stays as it is: the database, the "
                      "table and its columns are found as by `keyhold adopt`, which shares the table instead",
             .example = "keyhold import app ./my-app --apply",
             .parameters = parameters(of_application, true),
             .run = on_records(open_application, Source::table)},
            {.name = "fastapi",
             .about = "Copy the users of a FastAPI/SQLAlchemy application out of its database, which stays as it is "
                      "(to share the table instead: keyhold adopt)",
             .example = "keyhold import fastapi ./my-app --apply",
             .parameters = parameters(of_application, true),
             .run = on_records(open_fastapi, Source::table)},
            {.name = "django",
             .about = "Copy the users of a Django application (auth_user) out of its database, which stays as it is",
             .example = "keyhold import django db.sqlite3 --apply",
             .parameters = parameters("Its database's URL (- reads it from stdin), or a SQLite file", true),
             .run = on_records(open_django, Source::table)},
            from_service("firebase", "Take in the users of `firebase auth:export users.json`",
                         "keyhold import firebase users.json --hash-config parameters.txt --apply", open_firebase,
                         {{.name = "--hash-config",
                           .help = "A file with the password hash parameters that the Firebase console shows"}}),
            from_service("keycloak", "Take in the users of a realm that Keycloak exported (`kc.sh export`)",
                         "keyhold import keycloak realm.json --apply", open_keycloak),
            from_service("auth0",
                         "Take in users that Auth0 exported with their password hashes, or a list after the schema of "
                         "its imports",
                         "keyhold import auth0 users.json --apply", open_auth0),
        }};
}

}  // namespace keyhold::cli
