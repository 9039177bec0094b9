// SPDX-License-Identifier: Apache-2.0
// keyhold adopt: takes over a FastAPI/SQLAlchemy application's users in place, and gives them back.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <ostream>

#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/adopt.hpp"
#include "cli/tools/progress.hpp"
#include "cli/tools/python_settings.hpp"
#include "cli/tools/who_may.hpp"
#include "crypto/random.hpp"
#include "domain/adopted_accounts.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"
#include "store/adoption/adoption_store.hpp"

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
    if (application.database_from.empty())
        return Error(errors::configuration, options.folder.empty()
                                                ? "say where the application is: its folder, or --database-url"
                                                : "no database was found in " + options.folder +
                                                      ": name it with --database-url, as in sqlite:///./app.db");
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
Result<bool> write_settings(const Application& application, const AdoptOptions& options) {
    const Settings& settings = application.settings;
    std::string text(marker);
    text += "database_url = " + toml_string(store::url_in_folder(settings.database_url, fs::current_path())) + "\n";
    if (!settings.secret_key.empty()) text += "secret_key = " + toml_string(settings.secret_key.reveal()) + "\n";
    if (settings.algorithm != "HS256") text += "algorithm = " + toml_string(settings.algorithm) + "\n";
    if (!application.expire_minutes.empty())
        text += "access_token_expire_minutes = " + application.expire_minutes + "\n";
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

Result<> apply(Context& context, const Application& application, const ForeignUsers& users, const std::string& before,
               std::int64_t rows) {
    auto opened = store::Database::open(application.settings.database_url, for_the_schema());
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<store::Database> database = std::move(*opened);
    const auto adoption = store::AdoptionStore::begin(database, users.table, users.columns, before);
    if (!adoption) return adoption.error();
    make_accounts(context, **adoption, rows);
    return {};
}

void adopt(Context& context, const AdoptOptions& options) {
    const auto application = find_application(context, options);
    if (!application) return context.fail(application.error());
    auto old = store::ForeignDatabase::open(application->settings.database_url);
    if (!old) return context.fail(old.error());
    const auto users = find_users(**old, options.names);
    if (!users) return context.fail(users.error());
    AdoptionReport report;
    {
        Progress progress(context.err, "users");
        const std::int64_t rows = (*old)->count(users->table.table);
        report = report_on(**old, users->table, [&](std::int64_t row) { progress.show(row, row, rows); });
    }
    const std::string before = (*old)->before();
    old->reset();  // or we would wait for ourselves
    const bool foreign_hashes = report.bcrypt == 0 && report.rows != 0;
    if (options.apply && foreign_hashes)
        return context.fail(Error(errors::configuration,
                                  "none of the hashes is bcrypt's, which is what Keyhold writes: the application could "
                                  "not log in whom Keyhold registers. Take its users away with `keyhold import`"));
    if (options.apply && !users->unclear.empty())
        return context.fail(Error(errors::configuration,
                                  "the column " + users->unclear.front() + " of the table " + users->table.table +
                                      " may lock people out, and they would get in here: say --active-column or "
                                      "--disabled-column and a name, or --everybody-may-log-in"));
    print_report(context, *application, *users, report);
    if (!options.apply) {
        if (foreign_hashes) context.exit = Exit::problems_found;
        if (!context.json) context.err << "Nothing was written: --apply does it.\n";
        return;
    }
    if (auto applied = apply(context, *application, *users, before, report.rows); !applied)
        return context.fail(applied.error());
    auto written = write_settings(*application, options);
    if (!written) return context.fail(written.error());
    const std::string file = settings_file(options);
    context.err << "Adopted. The application goes on as before, on the same table.\n"
                << (*written ? "Settings are in " + file + ", readable by you alone.\n"
                             : file + " is there already and stays: see that it names this database and secret.\n")
                << "Start Keyhold there: keyhold serve\n";
}

void undo(Context& context, const AdoptOptions& options) {
    const auto application = find_application(context, options);
    if (!application) return context.fail(application.error());
    const auto location = store::parse_url(application->settings.database_url);
    if (!location) return context.fail(location.error());
    if (!location->driver->exists(location->target)) return context.fail(store::there_is_none(*location));
    std::string before;
    {
        auto database = store::Database::open(application->settings.database_url, for_the_schema());
        if (!database) return context.fail(database.error());
        auto undone = store::AdoptionStore::undo(**database);
        if (!undone) return context.fail(undone.error());
        before = std::move(*undone);
    }
    if (location->driver->leave != nullptr) location->driver->leave(location->target, before);
    const std::string file = settings_file(options);
    if (const auto text = server::read_text_file(file); text && text->reveal().starts_with(marker)) fs::remove(file);
    if (!context.json)
        context.err << "Keyhold's tables and triggers are gone. The users stay, and all who came meanwhile.\n";
}

void take_over_or_give_back(Context& context, const Values& values) {
    AdoptOptions options;
    options.folder = values.text("folder");
    options.apply = values.given("--apply");
    options.names.table = values.text("--table");
    options.names.name = values.text("--name-column");
    options.names.password = values.text("--password-column");
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
             {.name = "--password-column", .help = "Its column that is the password hash"}},
        .run = take_over_or_give_back};
    std::ranges::copy(who_may_parameters(), std::back_inserter(command.parameters));
    return command;
}

}  // namespace keyhold::cli
