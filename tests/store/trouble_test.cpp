// SPDX-License-Identifier: Apache-2.0
// When SQLite cannot do what we ask: always Unavailable, never "there is no such account", and all is well
// again when the trouble is over.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/waiting.hpp"
#include "fixture.hpp"
#include "store/accounts/account_store.hpp"
#include "store/sqlite/link.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

constexpr DatabaseOptions impatient{
    .connections = 1, .lease_timeout = 20ms, .patience = 20ms, .make = Make::what_is_missing};

// What an operator does with the sqlite3 shell meanwhile.
class Shell {
public:
    explicit Shell(const std::filesystem::path& file) : link_(file.string(), 50ms) {}
    void run(const std::string& sql) { link_.execute(sql); }
    std::string ask(const std::string& sql) { return link_.ask(sql); }

private:
    sqlite::SqliteLink link_;
};

// Root may write everywhere; the user "nobody" of every Debian (base-passwd) may not.
void become_nobody() {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) throw std::runtime_error("cannot become nobody");
}

unsigned mode_of(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 0777u : 0u;
}

}  // namespace

using SqliteTrouble = StoreTest;

TEST_F(SqliteTrouble, the_epoch_stands_still_until_something_is_taken_back) {
    const auto store = open(sqlite_url());
    const auto other = open(sqlite_url());
    const auto at_start = store.changes->epoch();
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store->find_by_name_key("bob"));
    ASSERT_TRUE(store->replace_password_hash("id-of-bob", "$2b$12$hash-of-bob", "new", PasswordForm::nfc));
    EXPECT_EQ(store.changes->epoch(), at_start);
    ASSERT_TRUE(other->remove("id-of-bob", "test", now));
    EXPECT_NE(store.changes->epoch(), at_start);
    EXPECT_EQ(store.changes->epoch(), other.changes->epoch());
}

TEST_F(SqliteTrouble, files_are_for_their_owner_alone) {
    const auto store = open(sqlite_url());
    ASSERT_TRUE(store->create(account("bob")).ok());
    for (const char* suffix : {"", "-wal", "-shm", "-epoch"})
        EXPECT_EQ(mode_of(file().string() + suffix), 0600u) << suffix;
}

TEST_F(SqliteTrouble, a_lock_held_too_long_is_unavailable_to_writers_and_no_matter_to_readers) {
    const auto store = open(sqlite_url(), impatient);
    ASSERT_TRUE(store->create(account("bob")).ok());
    Shell shell(file());
    shell.run("BEGIN IMMEDIATE");
    EXPECT_THROW((void)store->create(account("eve")), Unavailable);
    EXPECT_THROW((void)store->remove("id-of-bob", "test", now), Unavailable);
    EXPECT_TRUE(store->find_by_name_key("bob"));
    shell.run("COMMIT");
    EXPECT_TRUE(store->create(account("eve")).ok());
}

TEST_F(SqliteTrouble, no_free_connection_in_time_is_unavailable) {
    auto database = Database::open(sqlite_url(), impatient);
    ASSERT_TRUE(database.ok());
    const std::shared_ptr<Database> shared = std::move(*database);
    AccountStore store(shared);
    shared->use(Intent::read, [&](Connection&) {
        EXPECT_THROW((void)store.find_by_id("bob"), Unavailable);
        return 0;
    });
    EXPECT_FALSE(store.find_by_id("bob"));
}

// Not even for those who are at their commit.
TEST_F(SqliteTrouble, who_may_not_wait_does_not_wait_for_the_writes_of_others) {
    const std::shared_ptr<Database> database = Database::open(sqlite_url(), {.make = Make::what_is_missing}).value();
    std::atomic<bool> is_inside = false, is_over = false;
    std::thread other([&] {
        database->write([&](Connection&) {
            is_inside = true;
            const auto give_up = std::chrono::steady_clock::now() + 10s;
            while (!is_over && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
            is_inside = false;
            return true;
        });
    });
    while (!is_inside) std::this_thread::yield();
    {
        const NoWaiting in_this_block;
        EXPECT_THROW((void)database->write([](Connection&) { return true; }), WouldWait);
    }
    EXPECT_TRUE(is_inside) << "it has waited";
    is_over = true;
    other.join();
}

TEST_F(SqliteTrouble, an_exception_between_rows_leaves_no_transaction_open) {
    auto database = Database::open(sqlite_url(), {.make = Make::what_is_missing});
    ASSERT_TRUE(database.ok());
    const std::shared_ptr<Database> shared = std::move(*database);
    AccountStore store(shared);
    for (const char* name : {"ann", "bob"}) ASSERT_TRUE(store.create(account(name)).ok());
    static constexpr Sql names{"SELECT name_key FROM keyhold_accounts", "", "t"};
    const auto stop_at_a_row = [](Connection& connection) {
        return connection.statement(names).run({}, [](const Statement&) { throw std::domain_error("stop"); });
    };
    EXPECT_THROW((void)shared->use(Intent::read, stop_at_a_row), std::domain_error);
    ASSERT_TRUE(store.find_by_name_key("bob"));
    // First column: 0 if no reader was in the way (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
    EXPECT_EQ(Shell(file()).ask("PRAGMA wal_checkpoint(TRUNCATE)"), "0");
}

// Of another table in the same file, as a program with routes of its own has them.
TEST_F(SqliteTrouble, a_foreign_key_that_is_missing_at_the_end_is_refused_and_leaves_nothing_in_doubt) {
    const auto database = Database::open(sqlite_url(), {.make = Make::what_is_missing}).value();
    Shell shell(file());
    shell.run("CREATE TABLE owners (n INTEGER PRIMARY KEY)");
    shell.run("CREATE TABLE pets (n INTEGER REFERENCES owners (n) DEFERRABLE INITIALLY DEFERRED)");
    // No other file of this program may have the same text: g++ 12 under AddressSanitizer then refers to the copy that
    // the linker left out.
    constexpr static Query<"INSERT INTO pets (n) VALUES (:a)", "i"> insert_pet;
    constexpr static Query<"INSERT INTO owners (n) VALUES (:a)", "i"> insert_owner;
    const auto stray = [](Connection& connection) { return connection.run(insert_pet, std::int64_t{1}); };
    EXPECT_THROW((void)database->write(stray), NotAllowed);
    EXPECT_EQ(shell.ask("SELECT count(*) FROM pets"), "0");
    const auto pair = [](Connection& connection) {
        connection.run(insert_pet, std::int64_t{1});
        return connection.run(insert_owner, std::int64_t{1});
    };
    EXPECT_EQ(database->write(pair), 1);
    EXPECT_EQ(shell.ask("SELECT count(*) FROM pets"), "1");
}

TEST_F(SqliteTrouble, messages_hold_no_password_hash) {
    const auto store = open(sqlite_url(), impatient);
    Shell shell(file());
    shell.run("CREATE TRIGGER no BEFORE INSERT ON keyhold_accounts BEGIN SELECT RAISE(ABORT, 'no'); END");
    try {
        (void)store->create(account("bob"));
        FAIL() << "the trigger forbids it";
    } catch (const std::exception& error) {
        EXPECT_EQ(std::string(error.what()).find("hash-of-bob"), std::string::npos) << error.what();
    }
    shell.run("DROP TRIGGER no");
    EXPECT_TRUE(store->create(account("bob")).ok());
}

// In another process, whose files may have 100,000 bytes: writes until it is refused, and again once there is room.
// `present` accounts are there already. Says what became of what was written.
template <class Open>
std::string fill_the_disk(const Open& open_store, int present) {
    Process process([&](Process& parent) {
        const auto store = open_store();
        signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 100'000;
        setrlimit(RLIMIT_FSIZE, &limit);
        int acknowledged = 0;
        std::string ending;
        try {
            while (acknowledged < 10'000) {
                if (!store->create(account(std::to_string(acknowledged))).ok()) throw std::runtime_error("refused");
                ++acknowledged;
            }
        } catch (const Unavailable&) {
            ending = "unavailable";
        }
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
        const bool all = store->list("", 1000).accounts.size() ==
                         static_cast<std::size_t>(acknowledged) + static_cast<std::size_t>(present);
        const bool again = store->create(account("there is room again")).ok();
        parent.say(ending + (all ? ", all there" : ", some lost") + (again ? ", writes again" : ""));
    });
    return process.hear();
}

TEST_F(SqliteTrouble, a_full_disk_is_unavailable_and_loses_nothing) {
    EXPECT_EQ(fill_the_disk([this] { return open(sqlite_url()); }, 0), "unavailable, all there, writes again");
}

TEST_F(SqliteTrouble, a_disk_that_is_full_in_the_middle_of_a_page_loses_nothing) {
    // All that is there so far stands in the database: the log begins anew, and reaches the limit within a page of it.
    { ASSERT_TRUE(open(sqlite_url())->create(account("bob")).ok()); }
    EXPECT_EQ(fill_the_disk([this] { return open(sqlite_url()); }, 1), "unavailable, all there, writes again");
}

// Nobody has written for a while, and nothing that is asked of the database changes anything in it.
TEST_F(SqliteTrouble, whether_writes_fail_is_found_out_by_writing) {
    Process process([this](Process& parent) {
        const auto database = Database::open(sqlite_url(), {.make = Make::what_is_missing}).value();
        signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 1;
        setrlimit(RLIMIT_FSIZE, &limit);
        try {
            database->check_writes();
            parent.say("writes, it says");
        } catch (const Unavailable&) {
            parent.say("unavailable");
        }
    });
    EXPECT_EQ(process.hear(), "unavailable");
}

TEST_F(SqliteTrouble, a_file_or_folder_that_may_not_be_written_is_unavailable) {
    { ASSERT_TRUE(open(sqlite_url())->create(account("bob")).ok()); }
    const auto opening_fails = [this] {
        Process process([this](Process& parent) {
            become_nobody();
            try {
                parent.say(open(sqlite_url())->create(account("eve")).ok() ? "created" : "refused");
            } catch (const Unavailable& error) {
                parent.say(error.what());
            }
        });
        return process.hear();
    };
    for (const std::string& path : {folder().string(), file().string(), file().string() + "-epoch"}) {
        if (geteuid() == 0) {
            ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
        }
    }
    ASSERT_EQ(chmod(file().c_str(), 0400), 0);
    EXPECT_EQ(opening_fails(), "the database " + file().string() + " is read-only for this user");
    ASSERT_EQ(chmod(file().c_str(), 0600), 0);
    ASSERT_EQ(chmod(folder().c_str(), 0500), 0);
    EXPECT_NE(opening_fails().find("sqlite: "), std::string::npos);
    ASSERT_EQ(chmod(folder().c_str(), 0700), 0);
    EXPECT_EQ(opening_fails(), "created");
}

TEST_F(SqliteTrouble, a_bell_of_another_user_is_named_as_such) {
    if (geteuid() != 0) GTEST_SKIP() << "needs two users";
    { (void)open(sqlite_url()); }
    ASSERT_EQ(chown(folder().c_str(), 65534, 65534), 0);
    ASSERT_EQ(chown(file().c_str(), 65534, 65534), 0);
    Process process([this](Process& parent) {
        become_nobody();
        try {
            (void)open(sqlite_url());
            parent.say("opened");
        } catch (const Unavailable& error) {
            parent.say(error.what());
        }
    });
    EXPECT_NE(process.hear().find("-epoch: it belongs to another user"), std::string::npos);
}

TEST_F(SqliteTrouble, a_database_that_vanished_is_unavailable_until_it_is_back) {
    const auto store = open(sqlite_url());
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto away = folder() / "away.db";
    std::filesystem::rename(file(), away);
    EXPECT_THROW((void)store->create(account("eve")), Unavailable);
    EXPECT_THROW((void)store->find_by_name_key("bob"), Unavailable);
    EXPECT_FALSE(std::filesystem::exists(file())) << "no empty database in its place";
    std::filesystem::rename(away, file());
    EXPECT_TRUE(store->find_by_name_key("bob"));
    EXPECT_TRUE(store->create(account("eve")).ok());
}

// A reader that looked a moment ago does not look again; it may not go on with the file that is away.
TEST_F(SqliteTrouble, whoever_finds_that_the_file_is_away_finds_it_out_for_all) {
    const auto database = Database::open(sqlite_url(), {.make = Make::what_is_missing}).value();
    const auto nothing = [](Connection&) { return true; };
    const auto read_with_two = [&] {
        return database->use(Intent::read, [&](Connection&) { return database->use(Intent::read, nothing); });
    };
    ASSERT_TRUE(read_with_two());
    ASSERT_TRUE(read_with_two()) << "both have looked";
    const auto away = folder() / "away.db";
    std::filesystem::rename(file(), away);
    EXPECT_THROW(database->use(Intent::write, nothing), Unavailable);
    EXPECT_THROW(database->use(Intent::read, nothing), Unavailable);
    std::filesystem::rename(away, file());
    EXPECT_TRUE(read_with_two());
}

// The same if it is found out by a connection that could not be made, while those that there are are in use.
TEST_F(SqliteTrouble, a_connection_that_cannot_be_made_lets_the_others_look_again) {
    const auto database = Database::open(sqlite_url(), {.make = Make::what_is_missing}).value();
    const auto nothing = [](Connection&) { return true; };
    const auto away = folder() / "away.db";
    ASSERT_TRUE(database->use(Intent::read, nothing));
    ASSERT_TRUE(database->use(Intent::read, [&](Connection&) {
        std::filesystem::rename(file(), away);
        EXPECT_THROW(database->use(Intent::read, nothing), Unavailable);
        return true;
    }));
    EXPECT_THROW(database->use(Intent::read, nothing), Unavailable);
    std::filesystem::rename(away, file());
    EXPECT_TRUE(database->use(Intent::read, nothing));
}

TEST_F(SqliteTrouble, an_empty_file_in_the_place_of_the_database_has_no_opinion_on_accounts) {
    const auto store = open(sqlite_url());
    ASSERT_TRUE(store->create(account("bob")).ok());
    std::filesystem::rename(file(), folder() / "away.db");
    std::ofstream(file()).close();
    EXPECT_THROW((void)store->create(account("eve")), Unavailable);
    EXPECT_THROW((void)store->find_by_name_key("bob"), Unavailable);
}

TEST_F(SqliteTrouble, a_restored_backup_is_read_and_changes_the_epoch) {
    {
        const auto store = open(sqlite_url());
        ASSERT_TRUE(store->create(account("bob")).ok());
    }
    std::filesystem::copy(file(), folder() / "backup.db");
    const auto store = open(sqlite_url());
    ASSERT_TRUE(store->create(account("eve")).ok());
    const auto epoch = store.changes->epoch();
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    std::filesystem::rename(folder() / "backup.db", file());
    EXPECT_TRUE(store->create(account("cid")).ok());
    EXPECT_NE(store.changes->epoch(), epoch);
    EXPECT_FALSE(store->find_by_name_key("eve"));
    EXPECT_TRUE(store->find_by_name_key("bob"));
}

TEST_F(SqliteTrouble, a_file_that_is_no_database_is_unavailable) {
    std::ofstream(file()) << std::string(8192, 'x');
    EXPECT_THROW((void)open_stores(sqlite_url()), Unavailable);
}

TEST_F(SqliteTrouble, a_database_that_is_not_there_is_not_made_by_looking_for_it) {
    const auto refused = open_stores("sqlite:///" + (folder() / "no.db").string());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder() / "no.db"));
    EXPECT_FALSE(std::filesystem::exists(folder() / "no.db-epoch"));
}

TEST_F(SqliteTrouble, a_folder_that_is_not_there_is_unavailable) {
    EXPECT_THROW(
        (void)open_stores("sqlite:///" + (folder() / "no" / "keyhold.db").string(), {.make = Make::what_is_missing}),
        Unavailable);
}

}  // namespace keyhold::store
