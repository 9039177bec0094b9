// SPDX-License-Identifier: Apache-2.0
// keyhold adopt: takes over a FastAPI/SQLAlchemy application's users in place, and gives them back.
#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <ostream>

#include "base/id.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/adopt.hpp"
#include "cli/tools/progress.hpp"
#include "cli/tools/python_settings.hpp"
#include "cli/tools/who_may.hpp"
#include "crypto/random.hpp"
#include "domain/account_record.hpp"
#include "domain/adopted_accounts.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"
#include "store/adoption/adoption_store.hpp"
#include "store/adoption/rehearsal.hpp"

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

// Triggers come to a table when nobody is in the middle of writing to it.
store::DatabaseOptions for_the_schema() {
    return {.connections = 1, .patience = std::chrono::seconds(30), .make = store::Make::what_is_missing};
}

constexpr std::string_view marker = "# Written by `keyhold adopt`.\n";

std::string settings_file(const AdoptOptions& options) {
    return (fs::path(options.folder.empty() ? "." : options.folder) / "keyhold.toml").string();
}

// Why it may be so, at the end of a sentence.
std::string first_of(const std::vector<std::string>& reasons) {
    return reasons.empty() ? std::string() : " (" + reasons.front() + ")";
}

// Flags and the environment come before what is found in the folder, that before keyhold.toml.
Result<Application> find_application(Context& context, const AdoptOptions& options) {
    auto loaded = server::load_settings(Mode::serve, context.sources);
    if (!loaded) return std::move(loaded).error();
    Application application;
    application.settings = std::move(loaded->settings);
    const auto is_given = [&](const char* name) {
        const std::string& origin = loaded->origins.at(name);
        return origin != "default" && !(origin.ends_with(".toml") && !options.folder.empty());
    };
    application.database_from = is_given("database_url") ? loaded->origins.at("database_url") : "";
    application.secret_from = is_given("secret_key") ? loaded->origins.at("secret_key") : "";
    if (!application.settings.secret_key_file.empty()) application.secret_from = application.settings.secret_key_file;
    PythonSettings found;
    if (!options.folder.empty()) {
        auto read = read_python_settings(options.folder);
        if (!read) return std::move(read).error();
        found = std::move(*read);
    }
    if (application.database_from.empty() && found.database_url) {
        application.settings.database_url =
            url_in_folder(std::string(found.database_url->value.reveal()), options.folder);
        application.database_from = found.database_url->where;
    }
    if (application.secret_from.empty() && found.secret_key) {
        application.settings.secret_key = Secret(found.secret_key->value.reveal());
        application.secret_from = found.secret_key->where;
    }
    if (found.algorithm) application.settings.algorithm = found.algorithm->value.reveal();
    if (found.expire_minutes) application.expire_minutes = found.expire_minutes->value.reveal();
    if (found.subject) application.subject = found.subject->value.reveal();
    if (found.claims) application.claims = found.claims->value.reveal();
    application.not_found = std::move(found.not_found);
    if (application.database_from.empty())
        return Error(errors::configuration, options.folder.empty()
                                                ? "say where the application is: its folder, or --database-url"
                                                : "no database was found in " + options.folder +
                                                      ": name it with --database-url, as in sqlite:///./app.db" +
                                                      first_of(application.not_found));
    return application;
}

// A string of TOML (v1.0.0, basic strings).
std::string toml_string(std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') made += '\\';
        made += c;
    }
    return made + '"';
}

// False if there is one already.
Result<bool> write_settings(const Application& application, const AdoptOptions& options, const ForeignUsers& users,
                            const AdoptionReport& report) {
    const Settings& settings = application.settings;
    std::string text(marker);
    text += "database_url = " + toml_string(store::url_in_folder(settings.database_url, fs::current_path())) + "\n";
    if (!settings.secret_key.empty()) text += "secret_key = " + toml_string(settings.secret_key.reveal()) + "\n";
    if (users.table.written_hash == "argon2id") {
        text += "password_hash = \"argon2id\"\n";
        text +=
            "argon2_memory = " + std::to_string(std::clamp<std::int64_t>(report.argon2_memory, 7168, 131072)) + "\n";
        text += "argon2_passes = " + std::to_string(std::clamp<std::int64_t>(report.argon2_passes, 1, 32)) + "\n";
    }
    if (!users.table.takes_newcomers) text += "registration = \"closed\"\n";
    if (settings.algorithm != "HS256") text += "algorithm = " + toml_string(settings.algorithm) + "\n";
    if (!application.expire_minutes.empty())
        text += "access_token_expire_minutes = " + application.expire_minutes + "\n";
    if (!application.claims.empty()) text += "old_token_claims = " + toml_string(application.claims) + "\n";
    return server::create_private_file(settings_file(options), Secret(std::move(text)));
}

// Makes the accounts. May be broken off: then it is run again.
void make_accounts(Context& context, store::AdoptionStore& adoption, std::int64_t rows) {
    constexpr int at_once = 2'000;
    const SystemClock clock;
    crypto::SystemRandom random;
    Progress progress(context.err, "users");
    const auto make = [&](const store::ForeignUser& user) { return domain::account_for(user, clock.now(), random); };
    std::int64_t done = 0;
    adoption.catch_up(make, clock.now());
    for (std::string last = adoption.note({}, at_once); !last.empty(); last = adoption.note(last, at_once)) {
        adoption.catch_up(make, clock.now());
        done = std::min(rows, done + at_once);
        progress.show(done, done, rows);
    }
    adoption.complete();
}

// Somebody whom nobody is, for a trial that is undone.
Result<> try_it(const Application& application, const ForeignUsers& users, store::Rehearse what) {
    constexpr std::array bcrypt{"$2b$12$abcdefghijklmnopqrstuuPCL6v1zTbmGxUuO2J1PcuPCL6v1zTbm",
                                "$2b$12$zyxwvutsrqponmlkjihgfuPCL6v1zTbmGxUuO2J1PcuPCL6v1zTbm"};
    constexpr std::array argon2id{
        "$argon2id$v=19$m=65536,t=3,p=4$YWJjZGVmZ2hpamtsbW5vcA$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU",
        "$argon2id$v=19$m=65536,t=3,p=4$enl4d3Z1dHNycXBvbm1sag$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU"};
    const auto& hashes = users.table.written_hash == "argon2id" ? argon2id : bcrypt;
    crypto::SystemRandom random;
    const Time now = SystemClock().now();
    const std::string id = make_id(now, random), word = "kh" + id.substr(id.size() - 8),
                      address = word + "@example.org";
    const auto known = domain::column_named(users.table.name);
    const bool is_address = known && known->column == domain::Column::email;
    const std::string& name = is_address ? address : word;
    store::Account probe{.id = id, .username = name, .name_key = name, .password_hash = hashes[0], .created_at = now};
    if (!users.table.email.empty()) {
        probe.email = address;
        probe.email_key = address;
    }
    return store::rehearse(application.settings.database_url, users.table, users.columns, probe, hashes[1], what);
}

Result<> apply(Context& context, const Application& application, const ForeignUsers& users, const std::string& before,
               std::int64_t rows) {
    auto opened = store::Database::open(application.settings.database_url, for_the_schema());
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<store::Database> database = std::move(*opened);
    const auto adoption = store::AdoptionStore::begin(database, users.table, users.columns, before);
    if (!adoption) return adoption.error();
    if (!database->driver().schema_is_transactional)
        if (auto tried = try_it(application, users, store::Rehearse::with_its_triggers); !tried) {
            if (auto undone = store::AdoptionStore::undo(*database); !undone) return std::move(undone).error();
            return tried;
        }
    make_accounts(context, **adoption, rows);
    return {};
}

// What to do after a look; nothing after --apply, which says so itself.
std::string next_step(const Context& context, const AdoptOptions& options, const ForeignUsers& users,
                      bool foreign_hashes) {
    if (options.apply) return {};
    if (foreign_hashes)
        return options.folder.empty() ? std::string() : "keyhold import fastapi " + shell_word(options.folder);
    return again(context, options, users.unclear.empty() ? "--apply" : "--everybody-may-log-in");
}

// `keyhold serve` does not start with a secret that everybody knows; `keyhold dev` does, on this machine.
std::string start_command(const Application& application, const AdoptOptions& options) {
    const std::string there =
        options.folder.empty() || options.folder == "." ? std::string() : "cd " + shell_word(options.folder) + " && ";
    const std::string problem = secret_problem(application);
    if (problem.empty()) return there + "keyhold serve";
    return there + "keyhold dev    # `keyhold serve` starts once both have another secret: " + problem;
}

void adopt(Context& context, const AdoptOptions& options) {
    const auto application = find_application(context, options);
    if (!application) return context.fail(application.error());
    auto old = store::ForeignDatabase::open(application->settings.database_url);
    if (!old) return context.fail(old.error());
    auto users = find_users(**old, options.names);
    if (!users) return context.fail(users.error());
    AdoptionReport report;
    {
        Progress progress(context.err, "users");
        const std::int64_t rows = (*old)->count(users->table.table);
        report = report_on(**old, users->table, [&](std::int64_t row) { progress.show(row, row, rows); });
    }
    const std::string before = (*old)->before();
    old->reset();  // or we would wait for ourselves
    if (report.argon2id > report.bcrypt) users->table.written_hash = "argon2id";
    const bool foreign_hashes = report.bcrypt + report.argon2id == 0 && report.rows != 0;
    if (options.apply && foreign_hashes)
        return context.fail(Error(errors::configuration,
                                  "none of the hashes is bcrypt's or Argon2id's, which is what Keyhold writes: the "
                                  "application could not log in whom Keyhold registers. Take its users away with "
                                  "`keyhold import`"));
    if (options.apply && !users->unclear.empty())
        return context.fail(Error(errors::configuration,
                                  "the column " + users->unclear.front() + " of the table " + users->table.table +
                                      " may lock people out, and they would get in here: say --active-column or "
                                      "--disabled-column and a name, or --everybody-may-log-in"));
    auto tried = foreign_hashes ? Result<>() : try_it(*application, *users, store::Rehearse::before_adoption);
    if (!tried) return context.fail(tried.error());
    print_report(context, *application, *users, report, next_step(context, options, *users, foreign_hashes));
    if (!options.apply) {
        if (foreign_hashes) context.exit = Exit::problems_found;
        if (!context.json) context.err << "Nothing was written.\n";
        return;
    }
    if (auto applied = apply(context, *application, *users, before, report.rows); !applied)
        return context.fail(applied.error());
    auto written = write_settings(*application, options, *users, report);
    if (!written) return context.fail(written.error());
    const std::string file = settings_file(options);
    context.err << "Adopted. The application goes on as before, on the same table.\n"
                << (*written ? "Settings are in " + file + ", readable by you alone.\n"
                             : file + " is there already and stays: see that it names this database and secret.\n")
                << "Next: " << start_command(*application, options) << '\n';
}

void undo(Context& context, const AdoptOptions& options) {
    const auto application = find_application(context, options);
    if (!application) return context.fail(application.error());
    const auto location = store::parse_url(application->settings.database_url);
    if (!location) return context.fail(location.error());
    if (!location->driver->exists(location->target)) return context.fail(store::there_is_none(*location));
    // Looked at first: what opens a database to write to it makes tables there.
    const auto is_adopted = store::AdoptionStore::is_at(application->settings.database_url);
    if (!is_adopted) return context.fail(is_adopted.error());
    if (!*is_adopted)
        return context.fail(Error(
            errors::configuration,
            "the database " + location->shown + " was not adopted: there is nothing to undo, and nothing was changed"));
    std::string before;
    {
        auto database = store::Database::open(application->settings.database_url, for_the_schema());
        if (!database) return context.fail(database.error());
        auto undone = store::AdoptionStore::undo(**database);
        if (!undone) return context.fail(undone.error());
        before = std::move(*undone);
    }
    bool is_as_before = true;
    try {
        if (location->driver->leave != nullptr) location->driver->leave(location->target, before);
    } catch (const Unavailable&) {  // the application has it open
        is_as_before = false;
    }
    const std::string file = settings_file(options);
    if (const auto text = server::read_text_file(file); text && text->reveal().starts_with(marker)) fs::remove(file);
    if (!context.json)
        context.err << "Keyhold's tables and triggers are gone. The users stay, and all who came meanwhile.\n";
    if (!is_as_before && !context.json)
        context.err
            << "The application has the file open, and so its journal mode stays WAL, in which it works as well. "
               "To set it back, stop the application for a moment: sqlite3 " +
                   location->target + " 'PRAGMA journal_mode = " + before + "'\n";
}

void take_over_or_give_back(Context& context, const Values& values) {
    AdoptOptions options;
    options.folder = values.text("folder");
    options.apply = values.given("--apply");
    options.names.table = values.text("--table");
    options.names.name = values.text("--name-column");
    options.names.password = values.text("--password-column");
    options.names.values = values.texts("--value");
    options.names.no_registration = values.given("--no-registration");
    read_who_may(values, options.names);
    values.given("--undo") ? undo(context, options) : adopt(context, options);
}

}  // namespace

Command adopt_command() {
    Command command{
        .name = "adopt",
        .about =
            "Take over the users of a FastAPI/SQLAlchemy application where they are: both work on the same table, and "
            "see what the other does.\nWithout --apply only says what was found. The database and the secret are read "
            "from the folder's .env and Python files, which are never run, or named by --database-url and "
            "--secret-key-file.",
        .example = "keyhold adopt ./my-fastapi-app",
        .reads = {server::Topic::database, server::Topic::keys},
        .parameters =
            {{.name = "folder", .help = "The application's folder"},
             {.name = "--apply", .help = "Write; without it nothing is changed", .takes = Takes::nothing},
             {.name = "--undo",
              .help = "Take Keyhold's tables and triggers out of the database again; users who came meanwhile stay",
              .takes = Takes::nothing,
              .excludes = {"--apply"}},
             {.name = "--table", .help = "The table of the users"},
             {.name = "--name-column", .help = "Its column that is the username"},
             {.name = "--password-column", .help = "Its column that is the password hash"},
             {.name = "--value",
              .help = "COLUMN=VALUE: what a column of which Keyhold knows nothing gets when somebody registers",
              .takes = Takes::texts},
             {.name = "--no-registration",
              .help = "People register at the application alone; all else works at both",
              .takes = Takes::nothing}},
        .run = take_over_or_give_back};
    std::ranges::copy(who_may_parameters(), std::back_inserter(command.parameters));
    return command;
}

}  // namespace keyhold::cli
