// SPDX-License-Identifier: Apache-2.0
// keyhold db info|check|create|migrate: the database itself.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "crypto/random.hpp"
#include "server/signing_keys.hpp"
#include "store/database/database.hpp"
#include "store/database/database_info.hpp"

namespace keyhold::cli {
namespace {

using store::DatabaseInfo;

// What is wrong with it, a sentence each.
std::vector<std::string> problems_with(const DatabaseInfo& info) {
    // Doubts are notes in `info` and problems in `check`, because a script asks by `check` whether it may go on.
    std::vector<std::string> problems = info.doubts;
    // A newer schema cannot be read by this program; an older one can be brought up to date.
    const std::string has = "the database has schema " + std::to_string(info.schema);
    const std::string knows = ", and this Keyhold knows schemas up to " + std::to_string(info.newest);
    if (info.schema > info.newest) problems.push_back(has + knows + ": run the newer Keyhold that made it");
    if (info.schema < info.newest) problems.push_back(has + knows + ": `keyhold db migrate` brings it there");
    return problems;
}

// Members of an object that the caller has begun.
void write(json::Writer& writer, const DatabaseInfo& info) {
    writer.member("driver", info.driver);
    writer.member("database", info.place);
    writer.member("schema", std::int64_t{info.schema});
    writer.member("newest_schema", std::int64_t{info.newest});
}

void write(json::Writer& writer, std::string_view name, const std::vector<std::string>& texts) {
    writer.name(name);
    writer.begin_array();
    for (const std::string& text : texts) writer.value(text);
    writer.end_array();
}

// What a person wants to know about the database; `check` is for scripts.
void info(Context& context, const Settings& settings) {
    const auto found = store::look_at_database(settings.database_url);
    if (!found) return context.fail(found.error());
    if (!context.json) {
        context.out << "database  " << found->place << "\ndriver    " << found->driver << "\nschema    "
                    << found->schema << " of " << found->newest << '\n';
        for (const std::string& doubt : found->doubts) context.out << "note      " << doubt << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    write(writer, *found);
    write(writer, "notes", found->doubts);
    writer.end_object();
    context.out << line << '\n';
}

// Exit code problems_found, if a server would not start with this database or would have to change it.
void check_database(Context& context, const Settings& settings) {
    const auto found = store::look_at_database(settings.database_url);
    if (!found) return context.fail(found.error());
    const auto problems = problems_with(*found);
    if (!problems.empty()) context.exit = Exit::problems_found;
    if (!context.json) {
        for (const std::string& problem : problems) context.out << "problem: " << problem << '\n';
        if (problems.empty()) context.out << "good: schema " << found->schema << ", the newest\n";
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    write(writer, *found);
    write(writer, "problems", problems);
    writer.end_object();
    context.out << line << '\n';
}

// The schema before; 0 if an SQLite file is not even there.
Result<int> schema_before(const std::string& url) {
    const auto location = store::parse_url(url);
    if (!location) return location.error();
    if (!location->driver->exists(location->target)) return 0;
    // Asked before anything opens it: opening may make it, and then nobody could say what was there.
    const auto found = store::look_at_database(url);
    if (!found) return found.error();
    return found->schema;
}

// The tables of a program that is made of Keyhold; false if it failed.
bool migrate_own(Context& context, const Settings& settings) {
    if (context.own_schema.statements.empty()) return true;
    // Behind our own steps, because its tables may refer to accounts.
    const auto done = store::migrate_program(settings.database_url, context.own_schema, store::Make::what_is_missing);
    if (!done) context.fail(done.error());
    return done.ok();
}

// Brings the schema up to date: our steps, then those of the program around us. Servers of an older version may refuse
// the database afterwards.
void migrate(Context& context, const Settings& settings) {
    const auto before = schema_before(settings.database_url);
    if (!before) return context.fail(before.error());
    const auto opened =
        store::Database::open(settings.database_url, {.connections = 1, .make = store::Make::what_is_missing});
    if (!opened) return context.fail(opened.error());
    if (!migrate_own(context, settings)) return;
    // Looked at once more, as another process may have migrated at the same moment.
    const auto now = store::look_at_database(settings.database_url);
    if (!now) return context.fail(now.error());
    if (!context.json) {
        if (*before == now->schema)
            context.err << "nothing to do: schema " << now->schema << " is the newest\n";
        else
            context.err << "schema " << *before << " is now schema " << now->schema << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("from", std::int64_t{*before});
    writer.member("to", std::int64_t{now->schema});
    writer.end_object();
    context.out << line << '\n';
}

// What the first start of a server would make: the database, and where keys of our own sign, the key file and a key.
void create_database(Context& context, const Settings& settings) {
    const auto before = schema_before(settings.database_url);
    if (!before) return context.fail(before.error());
    // Steps of the schema are asked for by name: servers that run may be older.
    const store::Make make = *before == 0 ? store::Make::what_is_missing : store::Make::nothing;
    const auto stores = store::open_stores(settings.database_url, {.connections = 1, .make = make});
    if (!stores) return context.fail(stores.error());
    if (make == store::Make::what_is_missing && !migrate_own(context, settings)) return;
    const bool own = !server::secret_signs(settings);
    if (own) {
        const SystemClock clock;
        crypto::SystemRandom random;
        // A server that starts afterwards finds the key file and may run without the right to make one.
        const auto keys = server::open_own_keys(settings, *stores, clock, random, store::Make::what_is_missing);
        if (!keys) return context.fail(keys.error());
    }
    const std::string location = store::parse_url(settings.database_url)->shown;
    if (!context.json) {
        context.err << location << (*before == 0 ? " is made" : " is there already") << '\n';
        if (own && settings.key_passphrase.empty())
            context.err << "Its signing keys are sealed under " << settings.key_file << ": keep that\n";
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("database", location);
    writer.member("made", *before == 0);
    writer.end_object();
    context.out << line << '\n';
}

}  // namespace

Command db_command() {
    return {
        .name = "db",
        .about = "Look after the database",
        .example = "keyhold db check",
        .reads = {server::Topic::database, server::Topic::keys},
        .commands = {
            {.name = "info",
             .about = "Which database it is and which schema it has",
             .example = "keyhold db info --json",
             .run = with_settings(Mode::serve, info)},
            {.name = "check",
             .about = "Whether this Keyhold can work with it; changes nothing",
             .example = "keyhold db check && keyhold serve",
             .run = with_settings(Mode::serve, check_database)},
            {.name = "create",
             .about = "Make the database, as the first start of a server does. Commands that look after data never do",
             .example = "keyhold db create && keyhold import csv users.csv --apply",
             .run = with_settings(Mode::serve, create_database)},
            {.name = "migrate",
             .about = "Bring the schema up to date, as a server does when it starts",
             .example = "keyhold db migrate",
             .run = with_settings(Mode::serve, migrate)},
        }};
}

}  // namespace keyhold::cli
