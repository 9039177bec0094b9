// SPDX-License-Identifier: Apache-2.0
// Nothing that was acknowledged is lost when the power fails. SQLite; the databases that are servers have their own.
#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include "fixture.hpp"
#include "power_cut_disk.hpp"

namespace keyhold::store {

namespace {

using Honesty = PowerCutDisk::Honesty;
enum class Syncs { succeed, fail_at_times };

int rounds() { return std::getenv("KEYHOLD_TEST_LONG") != nullptr ? 500 : 50; }

// What was acknowledged to somebody, and the disk as the power cut leaves it, once so much was.
struct Round {
    PowerCutDisk& disk;
    std::filesystem::path after;
    unsigned seed;
    std::size_t cut_after;

    Syncs syncs = Syncs::succeed;

    std::mutex mutex = {};
    std::set<std::string> registered = {}, refreshed = {}, logged_out = {};
    std::size_t count = 0;
    std::atomic<bool> is_cut = false;
    std::atomic<int> refused = 0;    // answered "the database does not answer now"
    std::atomic<int> surprises = 0;  // answered something that is not so

    void acknowledge(std::set<std::string>& what, const std::string& name) {
        const std::lock_guard lock(mutex);
        if (is_cut) return;
        what.insert(name);
        ++count;
        if (syncs == Syncs::fail_at_times && count % 30 == 2) disk.fail_syncs(1 + static_cast<int>((seed + count) % 4));
        if (count < cut_after) return;
        disk.cut(after, seed);
        disk.fail_syncs(0);
        is_cut = true;
    }
};

// Registers, logs in, refreshes and logs out until the power is gone.
void live_a_while(const Stores& stores, Round& round, const std::string& person) {
    for (int i = 0; !round.is_cut; ++i) {
        const std::string name = person + "-" + std::to_string(i);
        if (!stores.accounts->create(account(name)).ok()) throw std::runtime_error(name + " was there");
        round.acknowledge(round.registered, name);
        if (!stores.sessions->create(session(name, "id-of-" + name), 0).ok()) throw std::runtime_error("no session");
        if (!stores.sessions->rotate({.id = name,
                                      .expected = "digest-0",
                                      .next = "digest-1",
                                      .rotations = "",
                                      .now = now,
                                      .not_idle_since = now - std::chrono::hours(1)}))
            throw std::runtime_error("not refreshed");
        round.acknowledge(round.refreshed, name);
        if (i % 2 == 0) continue;
        stores.sessions->end(name, std::nullopt, "logged_out", now);
        round.acknowledge(round.logged_out, name);
    }
}

// Whoever is refused begins anew under another name.
void live(const Stores& stores, Round& round, int person) {
    for (int life = 0; !round.is_cut; ++life) try {
            live_a_while(stores, round, std::to_string(person) + "-" + std::to_string(life));
        } catch (const Unavailable&) {
            ++round.refused;
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
            if (++round.surprises > 3) return;
        }
}

// How much of what was acknowledged is not on the disk.
std::size_t lost(const Stores& stores, const Round& round) {
    std::size_t count = 0;
    for (const std::string& name : round.registered) count += stores.accounts->find_by_name_key(name) ? 0U : 1U;
    for (const std::string& name : round.refreshed) {
        const auto found = stores.sessions->find(name);
        count += found && found->session.refresh_digest == "digest-1" ? 0U : 1U;
    }
    for (const std::string& name : round.logged_out) count += stores.sessions->find_live(name, now) ? 1U : 0U;
    return count;
}

}  // namespace

class PowerCut : public StoreTest {
protected:
    std::filesystem::path fresh(const std::string& name) {
        std::filesystem::create_directory(folder() / name);
        return folder() / name;
    }
    static std::string url_in(const std::filesystem::path& folder) {
        return "sqlite:///" + (folder / "keyhold.db").string();
    }

    static void populate(const Stores& stores, Round& round) {
        std::vector<std::thread> people;
        for (int person = 0; person < 4; ++person) people.emplace_back([&, person] { live(stores, round, person); });
        for (std::thread& one : people) one.join();
    }

    // The number of acknowledged things that one power cut loses; throws if the database cannot be used after it.
    std::size_t lost_in_a_round(unsigned seed, Honesty honesty, Syncs syncs = Syncs::succeed) {
        const auto before = fresh("before" + std::to_string(seed)), after = fresh("after" + std::to_string(seed));
        PowerCutDisk disk(honesty);
        // Enough, now and then, for SQLite to take pages back from the log into the file meanwhile.
        Round round{disk, after, seed, 5 + (seed * 37) % 700, syncs};
        populate(open(url_in(before)), round);
        refused_ += round.refused;
        return lost(open(url_in(after)), round);
    }

    int refused_ = 0;
};

TEST_F(PowerCut, loses_nothing_that_was_acknowledged) {
    for (int round = 0; round < rounds(); ++round)
        EXPECT_EQ(lost_in_a_round(static_cast<unsigned>(round), Honesty::honest), 0u) << "round " << round;
}

// A commit whose fsync failed is unknown, not undone: what is acknowledged later must not stand behind it in the log.
TEST_F(PowerCut, loses_nothing_that_was_acknowledged_after_syncs_failed_for_a_moment) {
    for (int round = 0; round < rounds(); ++round)
        EXPECT_EQ(lost_in_a_round(static_cast<unsigned>(round), Honesty::honest, Syncs::fail_at_times), 0u)
            << "round " << round;
    EXPECT_GT(refused_, 0) << "no sync failed";
}

// The process dies after a failed commit and before it could be settled. The next one finds it in the kernel's memory.
TEST_F(PowerCut, loses_nothing_that_the_next_process_acknowledged_after_a_failed_sync) {
    for (unsigned seed = 0; seed < 10; ++seed) {
        const auto before = fresh("before" + std::to_string(seed)), after = fresh("after" + std::to_string(seed));
        PowerCutDisk disk;
        {
            const auto stores = open(url_in(before));
            ASSERT_TRUE(stores.accounts->create(account("bob")).ok());
            disk.fail_syncs(1'000);  // to the end of this process, which leaves the log where it is
            EXPECT_THROW((void)stores.accounts->create(account("eve")), Unavailable);
        }
        disk.fail_syncs(0);
        ASSERT_GT(std::filesystem::file_size(before / "keyhold.db-wal"), 0u) << "nothing is in doubt";
        const auto stores = open(url_in(before));
        ASSERT_TRUE(stores.accounts->create(account("cid")).ok());
        disk.cut(after, seed);
        const auto found = open(url_in(after));
        for (const char* name : {"bob", "cid"}) EXPECT_TRUE(found.accounts->find_by_name_key(name)) << name;
    }
}

TEST_F(PowerCut, would_be_seen_to_lose_something_if_the_disk_did_not_sync) {
    std::size_t bad_rounds = 0;
    for (unsigned round = 0; round < 10; ++round) try {
            bad_rounds += lost_in_a_round(round, Honesty::lies) != 0 ? 1U : 0U;
        } catch (const std::exception&) {  // damaged beyond use
            ++bad_rounds;
        }
    EXPECT_GT(bad_rounds, 5u);
}

TEST_F(PowerCut, would_lose_something_without_synchronous_full) {
    PowerCutDisk disk;
    const auto before = fresh("before"), after = fresh("after");
    const auto run = [](const std::filesystem::path& file, const char* sql) {
        sqlite3* handle = nullptr;
        sqlite3_open(file.c_str(), &handle);
        int rows = 0;
        const auto count = [](void* counted, int, char**, char**) { return ++*static_cast<int*>(counted), 0; };
        sqlite3_exec(handle, sql, count, &rows, nullptr);
        return std::pair(std::unique_ptr<sqlite3, int (*)(sqlite3*)>(handle, sqlite3_close), rows);
    };
    const auto written = run(before / "keyhold.db",
                             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x);"
                             "INSERT INTO t VALUES (1); PRAGMA synchronous = NORMAL; INSERT INTO t VALUES (2), (3);");
    unsigned lost_rows = 0;
    for (unsigned seed = 0; seed < 10; ++seed) {
        disk.cut(after, seed);
        const int rows = run(after / "keyhold.db", "SELECT x FROM t").second;
        EXPECT_GE(rows, 1) << "what was written under FULL stays";
        lost_rows += rows < 3 ? 1 : 0;
        for (const char* part : {"keyhold.db", "keyhold.db-wal", "keyhold.db-shm"})
            std::filesystem::remove(after / part);
    }
    EXPECT_GT(lost_rows, 0u);
}

}  // namespace keyhold::store
