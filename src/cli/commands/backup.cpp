// SPDX-License-Identifier: Apache-2.0
// keyhold backup create|verify|restore|restored: the database at one moment, in a file, and back again.
#include <filesystem>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/progress.hpp"
#include "store/database/driver.hpp"
#include "store/database/restore.hpp"
#include "store/events/event_store.hpp"
#include "store/sqlite/backup.hpp"
#include "store/stores.hpp"

namespace keyhold::cli {
namespace {

// The SQLite file of the settings. Refused: configuration, for a database that is a server.
Result<std::string> database_file(const Settings& settings) {
    auto location = store::parse_url(settings.database_url);
    if (!location) return std::move(location).error();
    if (!location->driver->is_a_file())
        return Error(errors::configuration,
                     "this is for SQLite: use the database's own tools, pg_dump or mariadb-dump (docs/operations.md)");
    return std::move(location->target);
}

// Reads a whole backup and says what is in it. Exit code problems_found if it is damaged.
Result<> report_on(Context& context, const std::string& file) {
    // The file alone, not the database of the settings.
    const auto contents = store::look_through(file);
    if (!contents) return contents.error();
    if (!contents->problems.empty()) context.exit = Exit::problems_found;
    // One object; the members stay when a problem is found, as far as they could be read.
    if (context.json) {
        std::string line;
        json::Writer out(line);
        out.begin_object();
        out.member("file", file);
        out.member("schema", contents->schema);
        out.member("accounts", contents->accounts);
        out.member("live_sessions", contents->sessions);
        out.member("signing_keys", contents->keys);
        out.member("has_digest", contents->has_digest);
        out.name("problems");
        out.begin_array();
        for (const std::string& problem : contents->problems) out.value(problem);
        out.end_array();
        out.end_object();
        context.out << line << '\n';
        return {};
    }
    for (const std::string& problem : contents->problems) context.out << file << ": " << problem << '\n';
    if (contents->problems.empty())
        context.out << file << " is whole: " << contents->accounts << " users, " << contents->sessions
                    << " live sessions, " << contents->keys << " signing keys, schema " << contents->schema << '\n';
    if (contents->problems.empty() && !contents->has_digest)
        context.err << "There is no digest in it: an older Keyhold made it, or another program has written to it. "
                       "Changed bits in texts were not looked for.\n";
    return {};
}

// The backup is good without this; pages tell by it when the last one was made.
void note_backup(Context& context, const Settings& settings, const std::string& copy) try {
    auto stores = store::open_stores(settings.database_url, {.connections = 1});
    const std::string name = std::filesystem::path(copy).filename().string();
    if (stores) store::EventStore(stores->database).add(store::event_kind("backed_up"), {.object = name});
} catch (const Unavailable& error) {
    context.err << "That it was made could not be noted among the events: " << error.what() << '\n';
}

// The file must not exist. Servers may run and write meanwhile.
Result<> create_backup(Context& context, const Settings& settings, const Values& values) {
    const std::string& copy = values.text("file");
    const auto file = database_file(settings);
    if (!file) return file.error();
    {
        Progress progress(context.err, "pages");
        auto copied = store::copy_database(
            *file, copy, [&](std::int64_t done, std::int64_t total) { progress.show(done, done, total); });
        if (!copied) return copied;
    }
    // The copy is read back before anybody relies on it.
    if (auto told = report_on(context, copy); !told) return told;
    note_backup(context, settings, copy);
    if (!context.json)
        context.err << "In it: users with their password hashes, sessions, signing keys sealed under "
                    << settings.key_file << ".\nNot in it: " << settings.key_file
                    << ", SECRET_KEY, keyhold.toml. Keep those elsewhere: with them it signs tokens.\n";
    return {};
}

// Needs no database of the settings.
Result<> verify(Context& context, const Settings&, const Values& values) {
    return report_on(context, values.text("file"));
}

// What an operator wants to keep although it may have been revoked since the backup.
store::Kept kept_by(const Values& values) {
    return {.sessions = values.given("--keep-sessions"),
            .keys = values.given("--keep-keys"),
            .mails = values.given("--keep-mails")};
}

// The operator has to know what people will notice: that they must log in again, and which links are dead.
void say_what_is_over(Context& context, const store::Kept& kept) {
    if (!kept.sessions)
        context.err
            << "Every session has ended, and access tokens from before now are refused: everybody logs in again.\n";
    if (!kept.keys) context.err << "Signing keys of our own are dropped; the next start makes one.\n";
    context.err << "Invitations, links and codes that were made before are good no more: make them again.\n";
    if (!kept.mails) context.err << "Mails that waited are given up: `outbox list --state dead` shows them.\n";
    context.err << "Passwords, secrets of clients and disabled accounts are those of the backup: change again what was "
                   "changed since because it had leaked.\n";
}

Result<> restore(Context& context, const Settings& settings, const Values& values) {
    const auto file = database_file(settings);
    if (!file) return file.error();
    const std::string& backup = values.text("file");
    const store::Kept kept = kept_by(values);
    // The absolute path, as the settings of another folder are a usual mistake.
    const std::string shown = std::filesystem::absolute(*file).lexically_normal().string();
    // A path that is mistaken looks like a new machine: the server's own database would stay as it is.
    if (!values.given("--create") && !std::filesystem::exists(*file))
        return Error(errors::not_found, "there is no database at " + shown +
                                            ": name the one that is meant (--config FILE or --database-url URL), or "
                                            "say --create to make it there of the backup");
    // Refuses while a server runs.
    const auto old = store::restore_database(backup, *file, kept, SystemClock().now());
    if (!old) return old.error();
    context.err << shown << (old->empty() ? " is new, made of " : " is replaced by ") << backup << ".\n";
    if (!old->empty()) context.err << "What was there is kept as " << *old << ".\n";
    say_what_is_over(context, kept);
    return {};
}

// For PostgreSQL and MariaDB, where other tools have put the data back: only the ending of sessions and keys is left to
// do.
Result<> restored(Context& context, const Settings& settings, const Values& values) {
    const store::Kept kept = kept_by(values);
    if (auto ended = store::end_what_was(settings.database_url, kept, SystemClock().now()); !ended) return ended;
    say_what_is_over(context, kept);
    return {};
}

// The settings are read as for `serve`, because it is that server's database.
Run with_settings(Result<> (*action)(Context&, const Settings&, const Values&)) {
    return [action](Context& context, const Values& values) {
        const auto loaded = context.settings(Mode::serve);
        if (!loaded) return;
        if (auto done = action(context, loaded->settings, values); !done) context.fail(done.error());
    };
}

}  // namespace

Command backup_command() {
    const Parameter file{.name = "file", .help = "The backup", .required = true};
    const Parameter keep_sessions{.name = "--keep-sessions",
                                  .help = "Leave sessions as they were in the backup, even those that were ended since",
                                  .takes = Takes::nothing};
    const Parameter create_database{
        .name = "--create", .help = "Make the database where none is, as on a new machine", .takes = Takes::nothing};
    const Parameter keep_keys{
        .name = "--keep-keys",
        .help = "Leave signing keys as they were in the backup, even those that were dropped since",
        .takes = Takes::nothing};
    const Parameter keep_mails{.name = "--keep-mails",
                               .help = "Send mails that waited in the backup, even those that were sent since",
                               .takes = Takes::nothing};
    return {.name = "backup",
            .about = "Copies of the database, made while it is in use",
            .example = "keyhold backup create keyhold-2026-11-24.db",
            .reads = {server::Topic::database, server::Topic::keys},
            .commands = {
                {.name = "create",
                 .about = "Copy the SQLite database to a new file, while servers use it, and check the copy",
                 .example = "keyhold backup create keyhold-2026-11-24.db",
                 .parameters = {file},
                 .run = with_settings(create_backup)},
                {.name = "verify",
                 .about = "Read all of a backup and say what is in it; exit code 8 if it is damaged",
                 .example = "keyhold backup verify keyhold-2026-11-24.db",
                 .parameters = {file},
                 .run = with_settings(verify)},
                {.name = "restore",
                 .about = "Put a backup in the database's place, while no server runs. What was there is kept beside "
                          "it, and its owner owns the new one. Name the database as the server does, by --config FILE."
                          "\nWhat was revoked since must not come back: every session ends, tokens from before are "
                          "refused, and signing keys of our own are made anew.",
                 .example = "keyhold backup restore keyhold-2026-11-24.db",
                 .parameters = {file, create_database, keep_sessions, keep_keys, keep_mails},
                 .run = with_settings(restore)},
                {.name = "restored",
                 .about = "The same ending of sessions and keys for a database that other tools have set back "
                          "(pg_restore, mariadb): run it before the servers start",
                 .example = "keyhold backup restored",
                 .parameters = {keep_sessions, keep_keys, keep_mails},
                 .run = with_settings(restored)},
            }};
}

}  // namespace keyhold::cli
