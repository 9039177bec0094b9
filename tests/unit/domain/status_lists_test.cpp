// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/status_lists.hpp"

#include <set>

#include "base/base64url.hpp"
#include "domain/sessions/tokens.hpp"
#include "fixture.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view issuer = "https://auth.example/";

class StatusListsTest : public DomainTest {
protected:
    StatusListsTest() {
        put("ann", "hash");
        ring.begin();
        keys.reload();
    }
    static KeySealer sealer() { return KeySealer({Secret(std::string_view("material")), Secret()}); }
    static KeyRules rules() {
        KeyRules wanted;
        wanted.algorithm = jose::find_algorithm("ES256");
        return wanted;
    }
    StatusLists lists(bool are_on = true) {
        return StatusLists(store::StatusListStore(stores.database), id_tokens, clock, are_on);
    }
    Sessions::Started log_in() { return numbered.start(*stores.accounts->find_by_id(id_of("ann")), {}).value(); }
    static std::string payload(std::string_view token) { return *base64url::decode(jose::split(token)->payload); }
    // The member `lst` of a list of which nothing but these places are 1.
    static std::string list_of(std::set<std::int64_t> places) {
        std::string bytes(places_in_list / 8, '\0');
        for (const std::int64_t at : places) bytes[static_cast<std::size_t>(at) / 8] |= static_cast<char>(1 << at % 8);
        return compressed_list(bytes);
    }
    static std::string lst(std::string_view token) {
        const std::string claims = payload(token);
        const auto at = claims.find(R"("lst":")") + 7;
        return claims.substr(at, claims.find('"', at) - at);
    }

    KeyRing ring{*stores.keys, sealer(), clock, random, {}};
    IdTokenRing ec{stores.database, sealer(), clock, random, rules()};
    SigningKeys keys{ring, std::nullopt, 1024, [](std::string_view) {}, {&ec.ring}};
    IdTokens id_tokens{keys, {&ec}, clock, std::string(issuer), 5min};
    Liveness liveness{stores, clock};
    StatusNumbers numbers{store::StatusListStore(stores.database), random};
    Sessions numbered{stores, clock, random, {}, [](const Session&) {}, Hooks::none(), &numbers};
};

// draft-ietf-oauth-status-list, §4.2 ("Status List in JSON Format"): sixteen places of one bit, the bytes b9 a3.
TEST(CompressedList, is_that_of_the_draft) { EXPECT_EQ(compressed_list("\xb9\xa3"), "eNrbuRgAAhcBXQ"); }

TEST_F(StatusListsTest, no_number_comes_twice_and_none_is_skipped) {
    StatusNumbers of_another_node{store::StatusListStore(stores.database), random};
    std::set<std::int64_t> taken;
    for (int i = 0; i < 1'024; ++i) {
        taken.insert(numbers.take());
        taken.insert(of_another_node.take());
    }
    EXPECT_EQ(taken.size(), 2'048U);
    EXPECT_EQ(*taken.rbegin(), 2'047);
}

TEST_F(StatusListsTest, a_list_says_that_a_session_has_ended) {
    const auto first = log_in(), second = log_in();
    ASSERT_TRUE(first.status_index && second.status_index);
    EXPECT_EQ(lst(*lists().written(0)), list_of({}));
    ASSERT_TRUE(sessions.end(first.id, logged_out).ok());
    EXPECT_EQ(lst(*lists().written(0)), list_of({*first.status_index}));
    sessions.end_all({id_of("ann")}, logged_out);
    EXPECT_EQ(lst(*lists().written(0)), list_of({*first.status_index, *second.status_index}));
}

TEST_F(StatusListsTest, the_sessions_of_an_account_that_was_deleted_have_ended) {
    const auto session = log_in();
    ASSERT_TRUE(stores.accounts->remove(id_of("ann"), "account_deleted", clock.now()));
    EXPECT_EQ(lst(*lists().written(0)), list_of({*session.status_index}));
}

TEST_F(StatusListsTest, a_list_is_signed_and_says_what_it_is) {
    log_in();
    const std::string token = *lists().written(0);
    EXPECT_NE(base64url::decode(jose::split(token)->header)->find(R"("typ":"statuslist+jwt")"), std::string::npos);
    EXPECT_EQ(payload(token),
              R"({"iss":"https://auth.example/","sub":"https://auth.example/oauth/status-lists/0","iat":1800000000,)"
              R"("exp":1800000300,"ttl":5,"status_list":{"bits":1,"lst":")" +
                  list_of({}) + R"("}})");
    EXPECT_TRUE(jose::verify(token, keys.of_id_tokens(clock.now()), {.type = "statuslist+jwt"}, clock.now()).ok());
}

TEST_F(StatusListsTest, a_list_is_made_anew_after_five_seconds) {
    auto kept = lists();
    const auto session = log_in();
    EXPECT_EQ(lst(*kept.written(0)), list_of({}));
    ASSERT_TRUE(sessions.end(session.id, logged_out).ok());
    clock.advance(4s);
    EXPECT_EQ(lst(*kept.written(0)), list_of({}));
    clock.advance(1s);
    EXPECT_EQ(lst(*kept.written(0)), list_of({*session.status_index}));
}

TEST_F(StatusListsTest, there_is_none_of_numbers_that_nobody_has_nor_where_they_are_off) {
    EXPECT_FALSE(lists().written(0));
    log_in();
    EXPECT_TRUE(lists().written(0));
    EXPECT_FALSE(lists().written(1));
    EXPECT_FALSE(lists().written(last_list));
    EXPECT_FALSE(lists(false).written(0));
}

TEST_F(StatusListsTest, a_token_names_its_place_and_a_refreshed_one_the_same) {
    TokenRules rules{.issuer = std::string(issuer)};
    rules.status_lists = status_lists_at(issuer);
    Tokens tokens(keys, liveness, clock, random, rules);
    const auto subject = subject_of(*stores.accounts->find_by_id(id_of("ann")));
    const std::int64_t number = 2 * places_in_list + 17;
    const auto token = tokens.issue({subject, id_of("s"), clock.now() + 1h, number}).value().access_token;
    const std::string claim =
        R"("status":{"status_list":{"idx":17,"uri":"https://auth.example/oauth/status-lists/2"}})";
    EXPECT_NE(payload(token).find(claim), std::string::npos) << payload(token);
    const auto without = tokens.issue({subject, id_of("s"), clock.now() + 1h, {}}).value().access_token;
    EXPECT_EQ(payload(without).find("status"), std::string::npos);
    const auto started = log_in();
    EXPECT_EQ(numbered.refresh(started.refresh_token.reveal()).value().session.status_index, started.status_index);
}

}  // namespace
}  // namespace keyhold::domain
