// SPDX-License-Identifier: Apache-2.0
// Whatever somebody does to events in the database, short of what a key is needed for, is found.
#include "domain/event_chain.hpp"

#include <gtest/gtest.h>

#include "base/caller.hpp"
#include "domain/passwords/refusal_budget.hpp"
#include "fixture.hpp"
#include "store/database/database.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

class EventChainTest : public DomainTest {
protected:
    std::unique_ptr<EventChain> chain_under(std::string_view material) {
        return std::make_unique<EventChain>(stores.database, KeySealer({Secret(material), Secret()}), clock, random);
    }
    void make(const std::string& name) {
        Caller caller{.door = Door::api, .address = "192.0.2.9", .account = id_of(name)};
        const Calling in_its_name(caller);
        put(name, "fake$password");
    }
    void execute(const std::string& sql) {
        stores.database->write([&](store::Connection& connection) {
            connection.execute(sql);
            return true;
        });
    }
    // What is wrong, each with its number.
    std::string problems(std::optional<store::ChainEnd> known = {}) {
        std::string all;
        for (const auto& problem : chain_under("material")->verify(known, [](std::int64_t) {}).problems)
            all += std::to_string(problem.sequence) + " " + problem.what + "\n";
        return all;
    }

    store::EventStore events{stores.database};
    std::unique_ptr<EventChain> chain = chain_under("material");
};

// Five events, of which four are signed.
class Tampered : public EventChainTest {
protected:
    Tampered() {
        for (const char* const name : {"ann", "bob", "cid", "dan"}) make(name);
        chain->seal();
        chain->sign();
        chain->seal();  // that its key was made is the fifth
    }
};

}  // namespace

TEST_F(Tampered, nothing_is_wrong_with_a_chain_that_nobody_touched) {
    const auto report = chain->verify({}, [](std::int64_t) {});
    EXPECT_EQ(problems(), "");
    EXPECT_EQ(report.events, 5);
    EXPECT_EQ(report.first, 1);
    EXPECT_EQ(report.last, 5);
    EXPECT_EQ(report.checkpoints, 1);
    EXPECT_EQ(report.signed_end.sequence, 4);
    EXPECT_EQ(report.erased, 0);
    EXPECT_EQ(problems(report.end), "");
    EXPECT_EQ(problems(store::ChainEnd{3, "another"}), "3 it is not what you know of it\n");
    EXPECT_EQ(problems(store::ChainEnd{6, "later"}), "0 event 6, which you know of, is missing\n");
}

TEST_F(Tampered, a_changed_row_is_found) {
    for (const char* const what :
         {"kind = 'signed_in'", "account_id = 'x'", "actor_id = 'x'", "door = 'page'", "object = 'x'", "reason = 'x'",
          "times = 2", "happened_at = happened_at + 1", "personal_digest = 'x'", "id = '0' || id"}) {
        execute("CREATE TABLE kept AS SELECT * FROM keyhold_events WHERE sequence = 2");
        execute(std::string("UPDATE keyhold_events SET ") + what + " WHERE sequence = 2");
        EXPECT_EQ(problems().substr(0, 2), "2 ") << what;
        execute("DELETE FROM keyhold_events WHERE sequence = 2");
        execute("INSERT INTO keyhold_events SELECT * FROM kept");
        execute("DROP TABLE kept");
        ASSERT_EQ(problems(), "") << what;
    }
}

TEST_F(Tampered, what_is_said_of_a_person_can_neither_be_changed_nor_taken_out) {
    execute("UPDATE keyhold_events SET address = '198.51.100.7' WHERE sequence = 2");
    EXPECT_EQ(problems(), "2 what it says of a person was changed\n");
    execute("UPDATE keyhold_events SET address = '', device = '', note = '', salt = '' WHERE sequence = 2");
    EXPECT_EQ(problems(), "2 what it said of a person is gone, and no account was deleted\n");
    stores.accounts->remove(id_of("bob"), "account_deleted", clock.now());
    chain->seal();
    EXPECT_EQ(problems(), "");
    EXPECT_EQ(chain->verify({}, [](std::int64_t) {}).erased, 1);
}

TEST_F(Tampered, a_deleted_row_is_found_at_either_end_and_between) {
    execute("DELETE FROM keyhold_events WHERE sequence = 3");
    EXPECT_EQ(problems(), "4 the events behind 2 are missing\n");
    execute("DELETE FROM keyhold_events WHERE sequence <= 3");
    EXPECT_EQ(problems(), "4 the chain begins here, and no signed stub says why\n");
    execute("DELETE FROM keyhold_events WHERE sequence >= 4");
    EXPECT_EQ(problems(), "0 the events behind 0 are missing: there were 5\n");
    execute("UPDATE keyhold_event_chain SET sequence = 0");
    EXPECT_EQ(problems(), "0 the events behind 0 are missing: there were 4\n");
}

TEST_F(Tampered, two_rows_that_changed_places_are_found) {
    execute("UPDATE keyhold_events SET sequence = 100 WHERE sequence = 2");
    execute("UPDATE keyhold_events SET sequence = 2 WHERE sequence = 3");
    execute("UPDATE keyhold_events SET sequence = 3 WHERE sequence = 100");
    EXPECT_EQ(problems().substr(0, 2), "2 ");
}

TEST_F(Tampered, a_row_that_was_put_in_is_found) {
    execute(
        "INSERT INTO keyhold_events SELECT 'x' || id, 6, happened_at, kind, account_id, actor_id, door, object, "
        "reason, times, personal_digest, address, device, note, salt, hash FROM keyhold_events WHERE sequence = 5");
    EXPECT_EQ(problems(), "6 it is not what it was when it was sealed, or not in its place\n");
}

// Whoever can write to the table can compute hashes as we do.
TEST_F(Tampered, a_chain_that_was_computed_anew_is_not_what_was_signed) {
    execute("UPDATE keyhold_events SET account_id = 'somebody else' WHERE sequence = 2");
    std::string before;
    for (store::Event event : events.after(0, 10)) {
        before = store::hash_of(event, before);
        execute("UPDATE keyhold_events SET hash = '" + before + "' WHERE id = '" + event.id + "'");
    }
    execute("UPDATE keyhold_event_chain SET hash = '" + before + "'");
    EXPECT_EQ(problems(), "4 it is not what was signed\n");
    execute("DELETE FROM keyhold_event_checkpoints");
    EXPECT_EQ(problems().substr(0, 37), "0 nothing of the chain is signed: who");
    chain_under("another key file")->sign();
    EXPECT_NE(problems().find("5 the signature of the checkpoint is not good"), std::string::npos);
}

TEST_F(Tampered, a_signature_is_of_its_number_hash_kind_and_time) {
    for (const char* const what : {"hash = 'x'", "made_at = made_at + 1", "is_stub = 1", "sequence = 3", "kid = 'x'",
                                   "signature = substr(signature, 2)"}) {
        execute("CREATE TABLE kept AS SELECT * FROM keyhold_event_checkpoints");
        execute(std::string("UPDATE keyhold_event_checkpoints SET ") + what);
        EXPECT_NE(problems().find("the signature of the checkpoint is not good"), std::string::npos) << what;
        execute("DELETE FROM keyhold_event_checkpoints");
        execute("INSERT INTO keyhold_event_checkpoints SELECT * FROM kept");
        execute("DROP TABLE kept");
        ASSERT_EQ(problems(), "") << what;
    }
}

TEST_F(EventChainTest, the_end_is_signed_when_it_has_moved) {
    EXPECT_FALSE(chain->sign());
    make("ann");
    EXPECT_FALSE(chain->sign()) << "it is not sealed";
    chain->seal();
    const auto point = chain->sign();
    ASSERT_TRUE(point);
    EXPECT_EQ(point->sequence, 1);
    chain->seal();  // that the key was made is an event, too
    EXPECT_EQ(chain->sign()->sequence, 2);
    EXPECT_FALSE(chain->sign());
    EXPECT_EQ(problems(), "");
}

TEST_F(EventChainTest, one_signature_an_hour_is_kept_and_the_last) {
    for (int minute = 0; minute < 150; ++minute) {
        make("p" + std::to_string(minute));
        chain->seal();
        ASSERT_TRUE(chain->sign());
        clock.advance(seconds(60));
    }
    const auto points = events.checkpoints();
    ASSERT_EQ(points.size(), 4u);
    EXPECT_EQ(points[1].at - points[0].at, seconds(3600));
    EXPECT_EQ(points[2].at - points[1].at, seconds(3600));
    EXPECT_EQ(points[3].sequence, events.end().sequence);
    EXPECT_EQ(problems(), "");
}

TEST_F(EventChainTest, what_is_too_old_is_forgotten_and_the_rest_is_still_whole) {
    for (const char* const name : {"ann", "bob", "cid"}) {
        make(name);
        chain->seal();
        chain->sign();
        clock.advance(seconds(60));
    }
    const auto before = chain->verify({}, [](std::int64_t) {});
    ASSERT_EQ(before.events, 4) << "and a key";
    EXPECT_TRUE(chain->forget_some_before(clock.now() - seconds(130)));
    EXPECT_FALSE(chain->forget_some_before(clock.now() - seconds(130)));
    EXPECT_EQ(problems(before.end), "");
    const auto after = chain->verify({}, [](std::int64_t) {});
    EXPECT_EQ(after.first, 3);
    EXPECT_EQ(after.events, 2);
    execute("DELETE FROM keyhold_events WHERE sequence = 3");
    EXPECT_EQ(problems(), "4 the events behind 2 are missing\n");
    EXPECT_TRUE(chain->forget_some_before(clock.now() + seconds(1)));
    make("dan");
    chain->seal();
    EXPECT_EQ(problems(), "");
}

TEST(RefusalBudgetTest, what_has_no_row_is_counted) {
    RefusalBudget budget;
    const Time begin{seconds(1'800'000'000)};
    std::int64_t told = 0;
    for (int i = 0; i < 1000; ++i) told += budget.take(begin) ? 1 : 0;
    EXPECT_EQ(told, RefusalBudget::most_at_once);
    EXPECT_EQ(budget.drain(), 1000 - told);
    EXPECT_EQ(budget.drain(), 0);
    told = 0;
    for (int i = 0; i < 1000; ++i) told += budget.take(begin + seconds(60)) ? 1 : 0;
    EXPECT_EQ(told, RefusalBudget::per_minute);
    const Time before = begin - seconds(86'400);  // a clock that was set back
    EXPECT_FALSE(budget.take(before));
    EXPECT_TRUE(budget.take(before + seconds(6)));
}

}  // namespace keyhold::domain
