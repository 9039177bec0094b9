// SPDX-License-Identifier: Apache-2.0
// keyhold adopt: takes over a FastAPI/SQLAlchemy application's users in place, and gives them back.
#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <ostream>
#include <thread>

#include "base/id.hpp"
#include "cli/adoption/adopt.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/progress.hpp"
#include "cli/tools/who_may.hpp"
#include "crypto/random.hpp"
#include "crypto/written_hash.hpp"
#include "domain/adoption/account_record.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "store/adoption/adoption_store.hpp"
#include "store/adoption/rehearsal.hpp"

namespace keyhold::cli {
namespace {

// Triggers come to a table when nobody is in the middle of writing to it.
store::DatabaseOptions for_the_schema() {
    // A lock that the application holds for long is waited for so long, and then the command says so.
    return {.connections = 1, .patience = std::chrono::seconds(30), .make = store::Make::what_is_missing};
}

// Between two transactions the application has the database for itself: as long as the one before took, where it is
// seen to write; a quarter of that else, as on SQLite whoever writes anything at all waits for us, and looks only now
// and then whether we are done.
class Pause {
    using Clock = std::chrono::steady_clock;

public:
    void begin() { begun_ = Clock::now(); }
    // So the application gets at least as much of the time as it needs, and the pause is at most 100 ms.
    void after_a_transaction(bool is_written_to) const {
        constexpr std::chrono::milliseconds most{100};
        const Clock::duration took = Clock::now() - begun_;
        std::this_thread::sleep_for(std::min<Clock::duration>(most, is_written_to ? took : took / 4));
    }

private:
    Clock::time_point begun_;
};

// Makes the accounts. May be broken off: then it is run again.
// `rows` is what was counted before, for the progress alone: some may have come or gone since.
void make_accounts(Context& context, store::AdoptionStore& adoption, std::int64_t rows) {
    const SystemClock clock;
    crypto::SystemRandom random;
    Progress progress(context.err, "users");
    const auto make = [&](const store::ForeignUser& user) { return domain::account_for(user, clock.now(), random); };
    std::int64_t done = 0;
    store::BulkAdoption bulk = adoption.begin_bulk();
    Pause pause;
    for (pause.begin(); const std::size_t some = bulk.next(make); pause.begin()) {
        done = std::min(rows, done + static_cast<std::int64_t>(some));
        progress.show(done, done, rows);
        pause.after_a_transaction(bulk.was_written_to());
    }
    // What the application wrote meanwhile was noted by its triggers.
    adoption.work_off_those_there(make, clock.now());
    adoption.complete();
}

// A user whom nobody knows, as one who registers here.
store::Account made_up(const ForeignUsers& users, const std::string& hash, Time now, crypto::SystemRandom& random) {
    // The end of a fresh id, so that nobody is called so already. Short, as columns have room for it that are made for
    // short names and addresses; RFC 2606 §2 keeps .test free.
    const std::string id = make_id(now, random), word = "kh" + id.substr(id.size() - 6), address = word + "@x.test";
    const std::string& name = users.table.spelling.names_are_addresses ? address : word;
    store::Account made{.id = id, .username = name, .name_key = name, .password_hash = hash, .created_at = now};
    if (!users.table.email.empty()) {
        made.email = address;
        made.email_key = address;
    }
    return made;
}

// Tries two registrations and a change of a password with made-up users, and undoes all, so that the trial touches
// nobody's account.
Result<> try_it(const Application& application, const ForeignUsers& users, const AdoptionReport& report,
                store::Rehearse what) {
    constexpr std::array bcrypt{"$2b$12$abcdefghijklmnopqrstuuPCL6v1zTbmGxUuO2J1PcuPCL6v1zTbm",
                                "$2b$12$zyxwvutsrqponmlkjihgfuPCL6v1zTbmGxUuO2J1PcuPCL6v1zTbm"};
    constexpr std::array argon2id{
        "$argon2id$v=19$m=65536,t=3,p=4$YWJjZGVmZ2hpamtsbW5vcA$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU",
        "$argon2id$v=19$m=65536,t=3,p=4$enl4d3Z1dHNycXBvbm1sag$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU"};
    // Two hashes: one for the registration, one for a change of the password.
    crypto::SystemRandom random;
    std::array<std::string, 2> hashes;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        const auto* const most = most_written(report);
        const auto written = most != nullptr ? crypto::WrittenHash::parse(most->second.method) : std::nullopt;
        hashes[i] = written ? written->sample(random) : (users.table.written_hash == "argon2id" ? argon2id : bcrypt)[i];
    }
    const Time now = SystemClock().now();
    const store::Account probe = made_up(users, hashes[0], now, random),
                         second = made_up(users, hashes[1], now, random);
    return store::rehearse(application.settings.database_url, users.table, users.columns, probe, second, what);
}

// Makes our tables and triggers, and then the accounts. From the triggers on, both sides see each other's changes.
// Refused: whatever the trial or the database refuses.
Result<> apply(Context& context, const Application& application, const ForeignUsers& users, const std::string& before,
               const AdoptionReport& report) {
    auto opened = store::Database::open(application.settings.database_url, for_the_schema());
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<store::Database> database = std::move(*opened);
    const auto adoption = store::AdoptionStore::begin(database, users.table, users.columns, before);
    if (!adoption) return adoption.error();
    // Where a change of the schema cannot be rolled back, the trial comes after the triggers are there, and takes
    // them out again if it fails.
    if (!database->driver().schema_is_transactional)
        if (auto tried = try_it(application, users, report, store::Rehearse::with_its_triggers); !tried) {
            if (auto undone = store::AdoptionStore::undo(*database); !undone) return std::move(undone).error();
            return tried;
        }
    make_accounts(context, **adoption, report.rows);
    return {};
}

// `keyhold serve` does not start with a secret that everybody knows; `keyhold dev` does, on this machine.
std::string start_command(const Application& application, const AdoptOptions& options) {
    const std::string there =
        options.folder.empty() || options.folder == "." ? std::string() : "cd " + shell_word(options.folder) + " && ";
    const std::string problem = secret_problem(application);
    if (problem.empty()) return there + "keyhold serve";
    return there + "keyhold dev    # `keyhold serve` starts once both have another secret: " + problem;
}

// A trial in which nobody could register: its table asks of new rows what not every name and address here is like.
Error with_a_way_out(const Error& failed, const ForeignUsers& users) {
    const std::string why(failed.detail());
    if (!users.table.takes_registrations || why.find("somebody registers") == why.npos ||
        why.find("--no-registration") != why.npos)
        return failed;
    return {errors::configuration, why +
                                       ". If the table takes not every name and address, say --no-registration: "
                                       "people register at the application alone, and all else works at both"};
}

// Looks at the database and reports; with --apply also adopts. Nothing is written before the report was printed and
// guesses were agreed to.
void adopt(Context& context, const AdoptOptions& options) {
    auto application = find_application(context, options);
    if (!application) return context.fail(application.error());
    if (!context.json && application->database_from.find("compose.") != std::string::npos)
        context.err << "The database is named in " << application->database_from
                    << " as containers see it: if it is another place from here, say --database-url\n";
    auto old = store::ForeignDatabase::open(application->settings.database_url);
    if (!old) return context.fail(old.error());
    TableNames names = options.names;
    // Before the usual names, as a table of one may be there and empty.
    if (names.table.empty()) names.table = application->table;
    auto users = find_users(**old, names, application->defaults);
    if (!users) return context.fail(users.error());
    // Before the report, which shows what tokens will say.
    fit_to_table(*application, *users);
    if (!users->salt.empty())
        application->guesses.push_back(
            {"hashing", "The table has salts of its own in " + users->salt +
                            ", beside hashes that have theirs within: passwords are not hashed there as they are "
                            "typed, so no old password would work at Keyhold, and no new one there."});
    AdoptionReport report;
    {
        Progress progress(context.err, "users");
        const std::int64_t rows = (*old)->count(users->table.table);
        report = report_on(**old, users->table, [&](std::int64_t row) { progress.show(row, row, rows); });
    }
    const std::string before = (*old)->before();
    old->reset();  // or we would wait for ourselves
    const auto* const written = most_written(report);
    follow_rows(*users, report, names);
    const bool foreign_hashes = written == nullptr && report.rows != 0;
    if (options.apply && foreign_hashes)
        return context.fail(Error(errors::configuration,
                                  "none of the hashes is of a kind that Keyhold writes: the application could not log "
                                  "in whom Keyhold registers. Take its users away with `keyhold import`"));
    if (options.apply) {
        if (auto fits = check_settings_file(context, *application, options); !fits) return context.fail(fits.error());
        if (auto decided = check_decisions(*application, *users, options); !decided)
            return context.fail(decided.error());
    }
    add_guesses(*application, *users, report);
    const auto& guesses = users->guesses;
    // A registration is tried in a transaction that is undone, so that what the table refuses is known before
    // anything is written.
    auto tried = foreign_hashes ? Result<>() : try_it(*application, *users, report, store::Rehearse::before_adoption);
    if (!tried) return context.fail(with_a_way_out(tried.error(), *users));
    print_report(context, *application, *users, report,
                 next_step(context, *application, options, *users, foreign_hashes));
    if (!options.apply) {
        if (foreign_hashes) context.exit = Exit::problems_found;
        if (!context.json) context.err << "Nothing was written.\n";
        return;
    }
    if (!guesses.empty() && !options.yes && !Context::can_ask()) return context.fail(nobody_to_ask(guesses));
    const std::string_view question = "Some of it was guessed, as said above. Adopt it so?";
    if (!guesses.empty() && !options.yes && !context.agrees(question, "Nothing was written.")) return;
    if (auto applied = apply(context, *application, *users, before, report); !applied)
        return context.fail(applied.error());
    auto is_new = write_settings(*application, options, *users, report);
    if (!is_new) return context.fail(is_new.error());
    const std::string file = settings_file(options);
    context.err << "Adopted. The application goes on as before, on the same table.\n"
                << (*is_new ? "Settings are in " + file + ", readable by you alone.\n"
                            : file + " is there already and stays: see that it names this database and secret.\n")
                << "Next: " << start_command(*application, options) << '\n';
}

// Takes our tables and triggers away again. The application's rows stay as they are, also those that were made by a
// registration at Keyhold.
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
    const bool is_forgotten = forget_settings(options);
    if (!context.json)
        context.err << "Keyhold's tables and triggers are gone. The users stay, and all who came meanwhile.\n";
    if (!is_forgotten && !context.json)
        context.err << settings_file(options) << " is not as `keyhold adopt` wrote it, and stays.\n";
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
    options.yes = values.given("--yes");
    options.lost_passwords = values.given("--old-passwords-stop-working");
    options.names.table = values.text("--table");
    options.names.name = values.text("--name-column");
    options.names.password = values.text("--password-column");
    options.names.values = values.texts("--value");
    options.names.no_registration = values.given("--no-registration");
    options.names.as_typed = values.given("--names-as-typed");
    read_who_may(values, options.names);
    options.undoes = values.given("--undo");
    options.undoes ? undo(context, options) : adopt(context, options);
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
             {.name = "--yes",
              .help = "Do not ask, though something was guessed; where nobody can be asked --apply wants it",
              .takes = Takes::nothing},
             {.name = "--old-passwords-stop-working",
              .help = "Adopt though the application changes passwords before it hashes them",
              .takes = Takes::nothing},
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
              .takes = Takes::nothing},
             {.name = "--names-as-typed",
              .help = "Put no name or address in small letters, though all there are",
              .takes = Takes::nothing}},
        .run = take_over_or_give_back};
    std::ranges::copy(who_may_parameters(), std::back_inserter(command.parameters));
    return command;
}

}  // namespace keyhold::cli
