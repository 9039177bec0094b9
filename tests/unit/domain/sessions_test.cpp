// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/sessions.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "domain/clients/registered_clients.hpp"
#include "domain/errors.hpp"
#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;
using store::Account;

class SessionsTest : public DomainTest {
protected:
    SessionsTest() { put("bob", "hash"); }

    Account bob() { return store->find_by_name_key("bob").value(); }
    Sessions::Started log_in() { return sessions.start(bob(), {"curl/8", "192.0.2.7"}).value(); }

    // The next token, or the code of the refusal.
    std::string refresh(std::string_view token) {
        const auto refreshed = sessions.refresh(token);
        return refreshed ? std::string(refreshed->refresh_token.reveal()) : std::string(refreshed.error().row().code);
    }
    std::string end_reason(const std::string& id) { return stores.sessions->find(id)->session.end_reason; }
};

const std::string refused = "refresh_token_invalid";

}  // namespace

TEST_F(SessionsTest, a_refresh_token_is_opaque_and_not_stored) {
    const auto started = log_in();
    const std::string token(started.refresh_token.reveal());
    EXPECT_EQ(token.size(), 4u + 86u);
    EXPECT_TRUE(token.starts_with("khr_"));
    EXPECT_NE(token, std::string(log_in().refresh_token.reveal()));
    const auto parsed = parse_refresh_token(token);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(to_text(parsed->session), started.id);
    const auto stored = stores.sessions->find(started.id)->session;
    for (const std::string& column : {stored.refresh_digest, stored.family_key, stored.rotations})
        EXPECT_EQ(token.find(column.empty() ? "?" : column), std::string::npos);
}

TEST_F(SessionsTest, a_refresh_carries_the_session_on) {
    const auto started = log_in();
    clock.advance(seconds(100));
    const auto refreshed = sessions.refresh(started.refresh_token.reveal());
    ASSERT_TRUE(refreshed.ok());
    EXPECT_EQ(refreshed->session.id, started.id);
    EXPECT_EQ(refreshed->account.username, "bob");
    EXPECT_EQ(refreshed->session.last_used_at, clock.now());
    EXPECT_EQ(stores.sessions->find(started.id)->session.last_used_at, clock.now());
    EXPECT_NE(refresh(refreshed->refresh_token.reveal()), refused);
}

TEST_F(SessionsTest, within_the_grace_a_used_token_gets_the_same_successor_again) {
    const std::string first(log_in().refresh_token.reveal());
    const std::string second = refresh(first);
    ASSERT_NE(second, refused);
    clock.advance(seconds(10));
    EXPECT_EQ(refresh(first), second);
    EXPECT_EQ(refresh(first), second);
    const std::string third = refresh(second);
    EXPECT_NE(third, second);
    EXPECT_EQ(refresh(first), second) << "also when the successor was used meanwhile";
    EXPECT_EQ(refresh(second), third);
    EXPECT_TRUE(stolen.empty());
}

TEST_F(SessionsTest, after_the_grace_a_used_token_whose_successor_was_shown_ends_the_whole_family) {
    const auto started = log_in();
    const std::string second = refresh(started.refresh_token.reveal());
    const std::string third = refresh(second);
    clock.advance(seconds(11));
    EXPECT_EQ(refresh(started.refresh_token.reveal()), refused);
    EXPECT_EQ(stolen, std::vector{started.id});
    EXPECT_EQ(refresh(third), refused);
    EXPECT_EQ(end_reason(started.id), "refresh_token_reused");
}

// The commit went through and the answer did not: the client has nothing but the used token.
TEST_F(SessionsTest, until_its_successor_is_shown_a_used_token_gets_it_again_however_late) {
    const auto started = log_in();
    const std::string first(started.refresh_token.reveal());
    const std::string second = refresh(first);
    for (const seconds later : {seconds(11), seconds(12), seconds(3'600), seconds(13 * 86'400)}) {
        clock.advance(later);
        EXPECT_EQ(refresh(first), second) << later.count();
    }
    EXPECT_TRUE(stolen.empty());
    const std::string third = refresh(second);
    ASSERT_NE(third, refused);
    EXPECT_EQ(refresh(first), second) << "the grace began anew with the late answer";
    clock.advance(seconds(11));
    EXPECT_EQ(refresh(first), refused) << "by now somebody is known to have the successor";
    EXPECT_EQ(stolen, std::vector{started.id});
    EXPECT_EQ(refresh(third), refused);
}

TEST_F(SessionsTest, the_idle_life_ends_a_used_token_too) {
    const std::string first(log_in().refresh_token.reveal());
    ASSERT_NE(refresh(first), refused);
    clock.advance(std::chrono::days(14));
    EXPECT_EQ(refresh(first), refused);
    EXPECT_TRUE(stolen.empty());
}

// A thief and the owner who refresh by turns, half an hour apart: neither ever shows a token whose successor the other
// has shown already.
TEST_F(SessionsTest, two_parties_that_take_turns_are_found_out) {
    const auto started = log_in();
    std::string line(started.refresh_token.reveal());
    int turns = 0;
    for (; turns < 20; ++turns) {
        const std::string thiefs = refresh(line);
        clock.advance(seconds(900));
        const std::string owners = refresh(line);
        if (owners == refused) break;
        EXPECT_EQ(owners, thiefs);
        clock.advance(seconds(900));
        line = owners;
    }
    EXPECT_EQ(turns, 5);
    EXPECT_EQ(stolen, std::vector{started.id});
}

TEST_F(SessionsTest, answers_may_be_lost_as_often_as_one_likes_if_some_arrive) {
    std::string token(log_in().refresh_token.reveal());
    for (int round = 0; round < 20; ++round) {
        const std::string next = refresh(token);
        clock.advance(seconds(3'600));
        if (round % 5 != 4) {  // each fifth arrives
            EXPECT_EQ(refresh(token), next) << round;
        }
        token = next;
    }
    EXPECT_TRUE(stolen.empty());
}

TEST(RotationHistory, is_stored_as_a_text_that_an_earlier_release_reads) {
    const RotationHistory history{
        {{Time(seconds(1'800'000'000)), "salt"}, {Time(seconds(1'799'999'990)), "older"}}, 2, true};
    EXPECT_EQ(history.format(), "late:2 1800000000:salt 1799999990:older");
    for (const char* text : {"late:2 1800000000:salt 1799999990:older", "before:3 1800000000:salt", "1800000000:salt"})
        EXPECT_EQ(RotationHistory::parse(text).format(), text);
    EXPECT_EQ(RotationHistory::parse("1800000000:salt").late_in_a_row, 0);
    EXPECT_FALSE(RotationHistory::parse("before:99999999999999999999 1800000000:salt").may_answer_late());
}

// Within one grace a client may refresh as often as it likes; the row keeps what explains the last four.
TEST_F(SessionsTest, four_rotations_are_kept_however_fast_they_come) {
    const auto started = log_in();
    std::vector<std::string> tokens{std::string(started.refresh_token.reveal())};
    for (int i = 0; i < 6; ++i) tokens.push_back(refresh(tokens.back()));
    EXPECT_EQ(RotationHistory::parse(stores.sessions->find(started.id)->session.rotations).rotations.size(), 4u);
    EXPECT_EQ(refresh(tokens[2]), tokens[3]) << "the oldest that is kept";
    EXPECT_EQ(refresh(tokens[1]), refused);
    EXPECT_EQ(stolen.size(), 1u);
}

TEST_F(SessionsTest, a_token_of_any_earlier_generation_is_known_as_used) {
    const auto started = log_in();
    std::string token(started.refresh_token.reveal());
    for (int i = 0; i < 20; ++i) {
        clock.advance(seconds(60));
        token = refresh(token);
        ASSERT_NE(token, refused);
    }
    EXPECT_EQ(refresh(started.refresh_token.reveal()), refused);
    EXPECT_EQ(stolen.size(), 1u);
    EXPECT_EQ(refresh(token), refused);
}

TEST_F(SessionsTest, an_invented_token_ends_nothing) {
    const auto started = log_in();
    const std::string good(started.refresh_token.reveal());
    for (const std::size_t position : {std::size_t{4}, std::size_t{30}, std::size_t{60}, good.size() - 2}) {
        std::string bad = good;
        bad[position] = bad[position] == 'A' ? 'B' : 'A';
        EXPECT_EQ(refresh(bad), refused) << position;
    }
    EXPECT_EQ(refresh(""), refused);
    EXPECT_EQ(refresh(good.substr(4)), refused);
    EXPECT_EQ(refresh(good + "A"), refused);
    EXPECT_EQ(refresh("khr_"), refused);
    EXPECT_TRUE(stolen.empty());
    EXPECT_NE(refresh(good), refused);
}

TEST_F(SessionsTest, idle_and_absolute_life_both_end_a_session) {
    const std::string idle(log_in().refresh_token.reveal());
    clock.advance(std::chrono::days(14));
    EXPECT_EQ(refresh(idle), refused);
    std::string busy(log_in().refresh_token.reveal());
    for (int day = 1; day < 30; ++day) {
        clock.advance(std::chrono::days(1));
        busy = refresh(busy);
        ASSERT_NE(busy, refused) << day;
    }
    clock.advance(std::chrono::days(1));
    EXPECT_EQ(refresh(busy), refused);
    EXPECT_TRUE(stolen.empty());
}

TEST_F(SessionsTest, nothing_is_refreshed_for_an_account_that_is_gone_or_disabled) {
    const std::string token(log_in().refresh_token.reveal());
    ASSERT_TRUE(store->set_disabled(bob().id, true, account_disabled.code, clock.now()));
    EXPECT_EQ(refresh(token), refused);
    ASSERT_TRUE(store->set_disabled(bob().id, false, "", clock.now()));
    EXPECT_EQ(refresh(token), refused) << "enabling brings no session back";
    const std::string next(log_in().refresh_token.reveal());
    ASSERT_TRUE(store->remove(bob().id, account_deleted.code, clock.now()));
    EXPECT_EQ(refresh(next), refused);
}

TEST_F(SessionsTest, of_fifty_at_once_all_get_one_and_the_same_successor) {
    for (int round = 0; round < 5; ++round) {
        const std::string token(log_in().refresh_token.reveal());
        std::mutex mutex;
        std::set<std::string> successors;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 50; ++i)
            threads.emplace_back([&] {
                const std::string next = refresh(token);
                const std::lock_guard lock(mutex);
                successors.insert(next);
            });
        threads.clear();
        ASSERT_EQ(successors.size(), 1u);
        EXPECT_NE(*successors.begin(), refused);
        EXPECT_NE(refresh(*successors.begin()), refused);
    }
    EXPECT_TRUE(stolen.empty());
}

TEST_F(SessionsTest, a_log_in_that_was_overtaken_by_a_new_password_starts_nothing) {
    const Account before = bob();
    ASSERT_TRUE(store->set_password({before.id, before.generation, "new", "", password_changed.code, clock.now()}));
    const auto refused_start = sessions.start(before, {});
    ASSERT_FALSE(refused_start.ok());
    EXPECT_EQ(refused_start.error().errc(), errors::invalid_credentials);
    EXPECT_TRUE(sessions.start(bob(), {}).ok());
}

TEST_F(SessionsTest, are_listed_with_where_they_came_from) {
    put("ann", "hash");
    const auto first = log_in();
    clock.advance(seconds(1));
    const auto second = sessions.start(bob(), {"\x1b[31mred\n\xff", "2001:db8::1"}).value();
    ASSERT_TRUE(sessions.start(store->find_by_name_key("ann").value(), {}).ok());
    const auto list = sessions.list(bob().id, "", 10).sessions;
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].id, second.id);
    EXPECT_EQ(list[0].device, "?[31mred??") << "nothing that a terminal obeys";
    EXPECT_EQ(list[0].address, "2001:db8::1");
    EXPECT_EQ(list[1].id, first.id);
    EXPECT_EQ(list[1].device, "curl/8");
    clock.advance(std::chrono::days(14) - seconds(1));
    EXPECT_EQ(sessions.list(bob().id, "", 10).sessions.size(), 1u) << "the first one was idle too long";
}

TEST_F(SessionsTest, are_listed_page_by_page) {
    std::vector<std::string> all;
    for (int i = 0; i < 5; ++i) {
        all.insert(all.begin(), log_in().id);
        clock.advance(seconds(1));
    }
    std::vector<std::string> seen;
    std::string after;
    int pages = 0;
    do {
        const auto page = sessions.list(bob().id, after, 2);
        EXPECT_LE(page.sessions.size(), 2u);
        for (const Session& session : page.sessions) seen.push_back(session.id);
        after = page.next;
        ++pages;
    } while (!after.empty());
    EXPECT_EQ(seen, all);
    EXPECT_EQ(pages, 3);
    EXPECT_TRUE(sessions.list(bob().id, "not an id of ours", 10).sessions.empty());
}

TEST_F(SessionsTest, are_ended_by_their_owner_alone) {
    put("ann", "hash");
    const auto started = log_in();
    EXPECT_EQ(sessions.end(started.id, id_of("ann"), revoked).error().errc(), errors::session_not_found);
    EXPECT_TRUE(sessions.end(started.id, id_of("bob"), revoked).ok());
    EXPECT_EQ(sessions.end(started.id, id_of("bob"), revoked).error().errc(), errors::session_not_found);
    EXPECT_EQ(refresh(started.refresh_token.reveal()), refused);
    EXPECT_EQ(sentence_of(end_reason(started.id)), "the session was revoked");
    EXPECT_EQ(sentence_of("of_a_newer_keyhold"), "of_a_newer_keyhold");
}

// RFC 6749 §6, §10.4.
TEST_F(SessionsTest, what_a_client_began_with_a_password_is_carried_on_by_that_client_alone) {
    RegisteredClients clients(*stores.clients, clock, random);
    for (const char* id : {"mail", "wiki"}) {
        ClientWish wish;
        wish.id = id;
        wish.first_party = true;
        wish.grants = {"password", "refresh_token"};
        ASSERT_TRUE(clients.add(wish).ok());
    }
    const auto started =
        sessions.start(bob(), {"Mail", "192.0.2.7"}, ForClientByPassword{"mail", "openid email"}).value();
    const auto stored = stores.sessions->find(started.id)->session;
    EXPECT_EQ(stored.client_id, "mail");
    EXPECT_EQ(stored.scope, "openid email");
    EXPECT_EQ(stored.authenticated_at, clock.now());
    const std::string token(started.refresh_token.reveal());
    EXPECT_EQ(refresh(token), refused) << "nobody said which client it is";
    EXPECT_FALSE(sessions.refresh(token, {.client_id = "wiki"}).ok());
    const std::string own(log_in().refresh_token.reveal());
    EXPECT_FALSE(sessions.refresh(own, {.client_id = "mail"}).ok()) << "the person's own";
    const auto next = sessions.refresh(token, {.client_id = "mail"});
    ASSERT_TRUE(next.ok());
    ASSERT_TRUE(clients.remove("mail").ok());
    EXPECT_FALSE(sessions.refresh(next->refresh_token.reveal(), {.client_id = "mail"}).ok());
    EXPECT_EQ(end_reason(started.id), "client_removed");
    EXPECT_FALSE(sessions.start(bob(), {"Mail", "192.0.2.7"}, ForClientByPassword{"mail", "openid"}).ok());
}

TEST_F(SessionsTest, a_client_may_ask_for_and_take_back_a_refresh_token) {
    const auto started = log_in();
    const std::string first(started.refresh_token.reveal());
    EXPECT_TRUE(sessions.find_by_token(first));
    const std::string second = refresh(first);
    EXPECT_FALSE(sessions.find_by_token(first)) << "used";
    EXPECT_TRUE(sessions.find_by_token(second));
    EXPECT_FALSE(sessions.end_by_token("khr_x", revoked).value());
    EXPECT_TRUE(sessions.end_by_token(first, revoked).value()) << "a used one still names its family";
    EXPECT_FALSE(sessions.find_by_token(second));
    EXPECT_FALSE(sessions.end_by_token(second, revoked).value());
}

}  // namespace keyhold::domain
