// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/revocations.hpp"

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "fixture.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::domain {
namespace {

using namespace std::chrono_literals;
using store::Changed;

class RevocationsTest : public DomainTest {
protected:
    RevocationsTest() {
        ring.begin();
        keys.reload();
        id_tokens.prepare_for_guards();  // the key is a change too
    }
    static KeySealer sealer() { return KeySealer({Secret(std::string_view("material")), Secret()}); }
    static KeyRules rules() {
        KeyRules wanted;
        wanted.algorithm = jose::find_algorithm("ES256");
        return wanted;
    }
    void change(Changed what, std::string_view id) {
        stores.database->write([&](store::Connection& connection) {
            store::record_change(connection, what, id);
            return true;
        });
    }
    std::int64_t newest() { return stores.changes->page({}, 1'000'000).last; }

    KeyRing ring{*stores.keys, sealer(), clock, random, {}};
    IdTokenRing ec{stores.database, sealer(), clock, random, rules()};
    SigningKeys keys{ring, std::nullopt, 1024, [](std::string_view) {}, {&ec.ring}};
    IdTokens id_tokens{keys, {&ec}, clock, "https://auth.example/", 5min};
    Revocations revocations{*stores.changes, id_tokens, clock, 30min};
};

// From `printf %s ID | sha256sum`: the first 16 digits, as bytes.
constexpr std::string_view session_id = "019abcde-f012-7abc-8def-0123456789ab";
const std::string of_session("\x7a\xb7\x80\x29\x77\x43\xf6\x70", 8);

TEST_F(RevocationsTest, an_ended_session_is_told_by_its_fingerprint) {
    const auto before = newest();
    change(Changed::session, session_id);
    const auto page = revocations.page(before);
    EXPECT_EQ(page.sessions, of_session);
    EXPECT_EQ(page.accounts, "");
    EXPECT_EQ(page.last, before + 1);
    EXPECT_TRUE(page.is_whole);
    EXPECT_FALSE(page.is_more || page.keys_changed || page.says_nothing());
    EXPECT_TRUE(revocations.page(before + 1).says_nothing());
}

TEST_F(RevocationsTest, a_changed_account_is_told_with_the_time) {
    const auto before = newest();
    change(Changed::account, session_id);
    const auto page = revocations.page(before);
    EXPECT_EQ(page.sessions, "");
    ASSERT_EQ(page.accounts.size(), 16U);
    EXPECT_EQ(page.accounts.substr(0, 8), of_session);
    std::int64_t at = 0;
    for (const char byte : page.accounts.substr(8)) at = at * 256 + static_cast<unsigned char>(byte);
    EXPECT_EQ(at, 1'800'000'000);
}

TEST_F(RevocationsTest, keys_and_roles_that_changed_are_said_so) {
    const auto before = newest();
    change(Changed::keys, "kid");
    auto page = revocations.page(before);
    EXPECT_TRUE(page.keys_changed);
    EXPECT_FALSE(page.says_nothing());
    EXPECT_EQ(page.roles_changed_at, Time{});
    change(Changed::roles, "");
    page = revocations.page(page.last);
    EXPECT_FALSE(page.keys_changed);
    EXPECT_NE(page.roles_changed_at, Time{});
}

TEST_F(RevocationsTest, whoever_is_too_far_behind_begins_anew) {
    const auto before = newest();
    for (int i = 0; i < 3; ++i) change(Changed::session, session_id);
    stores.changes->forget_some_but(1, Time::max());
    const auto page = revocations.page(before);
    EXPECT_FALSE(page.is_whole);
    EXPECT_EQ(page.sessions.size(), 8U);
    EXPECT_EQ(page.last, before + 3);
    EXPECT_EQ(page.after, before);
}

TEST_F(RevocationsTest, a_page_holds_so_many_and_says_that_there_is_more) {
    const auto before = newest();
    stores.database->write([&](store::Connection& connection) {
        for (int i = 0; i <= Revocations::most_on_a_page; ++i)
            store::record_change(connection, Changed::session, session_id);
        return true;
    });
    auto page = revocations.page(before);
    EXPECT_EQ(page.sessions.size(), 8U * Revocations::most_on_a_page);
    EXPECT_TRUE(page.is_more);
    page = revocations.page(page.last);
    EXPECT_EQ(page.sessions.size(), 8U);
    EXPECT_FALSE(page.is_more);
}

TEST_F(RevocationsTest, what_is_written_is_signed_for_this_feed_and_covers_the_bytes) {
    change(Changed::session, session_id);
    const std::string written = revocations.written(revocations.page({}));
    const std::size_t line = written.find('\n');
    jose::Expectations demanded;
    demanded.issuer = "https://auth.example/";
    demanded.audience = "https://auth.example/events/revocations";
    demanded.type = "revocations+jwt";
    const auto token = jose::verify(written.substr(0, line), keys.of_id_tokens(clock.now()), demanded, clock.now());
    ASSERT_TRUE(token.ok());
    EXPECT_EQ(token->string_claim("sha256"), base64url::encode(crypto::sha256(written.substr(line + 1))));
    EXPECT_EQ(token->claims().find("keep")->integer(), 1800);
    EXPECT_EQ(token->claims().find("whole")->boolean(), false) << "it was asked for from the beginning";
    EXPECT_FALSE(token->claims().find("after"));
    EXPECT_GE(*token->claims().find("sessions")->integer(), 1);
    EXPECT_EQ(written.substr(written.size() - 8), of_session);
}

TEST_F(RevocationsTest, there_is_none_where_nobody_knows_our_name) {
    IdTokens nameless(keys, {&ec}, clock, "", 5min);
    EXPECT_FALSE(Revocations(*stores.changes, nameless, clock, 30min).is_there());
    EXPECT_TRUE(revocations.is_there());
}

}  // namespace
}  // namespace keyhold::domain
