// SPDX-License-Identifier: Apache-2.0
// What a token may do: what its account may now, and no more than it was asked for.
#include "base/base64url.hpp"
#include "base/json.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/log_in.hpp"
#include "fixture.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::domain {

namespace {

using Names = std::vector<std::string>;

class TokenRightsTest : public DomainTest {
protected:
    TokenRightsTest() {
        put("ann", "fake$right");
        EXPECT_TRUE(roles.add("editor", {"notes:read", "notes:write"}, Roles::whoever_runs_the_server).ok());
    }

    void grant(const char* role) { ASSERT_TRUE(roles.grant(id_of("ann"), role, Roles::whoever_runs_the_server).ok()); }
    void revoke(const char* role) { ASSERT_TRUE(roles.revoke(id_of("ann"), role).ok()); }
    LoggedIn log_in(std::string_view scope = {}) {
        const Secret password(std::string_view("right"));
        return domain::log_in({"ann", password, {}, {}, scope}, accounts, throttle, sessions, tokens).value();
    }
    Rights rights_of(const LoggedIn& one) {
        const auto bearer = tokens.authenticate(one.access.access_token);
        return bearer->rights ? *bearer->rights : Rights();
    }
    // A claim of what was issued, as JSON; empty if it is not there.
    std::string claim(const LoggedIn& one, std::string_view wanted) {
        const auto verified = jose::verify(one.access.access_token, keys.verifying(clock.now()), {}, clock.now());
        std::string text;
        if (const auto found = verified->claims().find(wanted)) json::append_value(text, *found);
        return text;
    }

    SigningKeys keys{jose::Key::from_secret(*jose::find_algorithm("HS256"), "your_secret_key").value()};
    Liveness liveness{stores, clock};
    Tokens tokens{keys, liveness, clock, random, {}};
    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
    Roles roles{*stores.roles, clock};
};

}  // namespace

TEST_F(TokenRightsTest, whoever_has_no_role_has_a_token_as_ever) {
    const auto bare = log_in();
    EXPECT_FALSE(bare.access.scope);
    for (const char* name : {"scope", "roles", "scope_limited", "preferred_username"}) EXPECT_EQ(claim(bare, name), "");
    EXPECT_EQ(rights_of(bare), Rights());
}

TEST_F(TokenRightsTest, a_token_says_what_its_account_may_do_when_it_is_made) {
    grant("editor");
    const auto one = log_in();
    EXPECT_EQ(one.access.scope, "notes:read notes:write");
    EXPECT_EQ(claim(one, "scope"), R"("notes:read notes:write")");
    EXPECT_EQ(claim(one, "roles"), R"(["editor"])");
    EXPECT_EQ(claim(one, "scope_limited"), "");
}

TEST_F(TokenRightsTest, what_is_granted_and_revoked_later_counts_at_once) {
    const auto before = log_in();
    grant("editor");
    EXPECT_EQ(rights_of(before), (Rights{{"editor"}, {"notes:read", "notes:write"}}));
    ASSERT_TRUE(roles.remove("editor", {"notes:write"}).ok());
    EXPECT_EQ(rights_of(before), (Rights{{"editor"}, {"notes:read"}}));
    revoke("editor");
    EXPECT_EQ(rights_of(before), Rights());
    grant("editor");
    ASSERT_TRUE(roles.remove("editor").ok());
    EXPECT_EQ(rights_of(before), Rights());
}

TEST_F(TokenRightsTest, a_token_that_was_asked_for_with_fewer_scopes_never_has_others) {
    grant("editor");
    const auto few = log_in("notes:read keyhold:admin");
    EXPECT_EQ(few.access.scope, "notes:read");
    EXPECT_EQ(claim(few, "scope_limited"), "true");
    EXPECT_EQ(claim(few, "roles"), "");
    grant("admin");
    EXPECT_EQ(rights_of(few), (Rights{{}, {"notes:read"}}));
    revoke("editor");
    EXPECT_EQ(rights_of(few), Rights());
    const auto none = log_in("notes:write");
    EXPECT_EQ(none.access.scope, std::nullopt);
    EXPECT_EQ(claim(none, "scope_limited"), "true");
    grant("editor");
    EXPECT_EQ(rights_of(none), Rights());
}

TEST_F(TokenRightsTest, a_refresh_may_ask_for_fewer_and_never_for_more_than_the_log_in) {
    grant("editor");
    const auto first = log_in();
    const auto few = carry_on(first.refresh_token.reveal(), sessions, tokens, {.scope = "notes:write"}).value();
    EXPECT_EQ(few.access.scope, "notes:write");
    const auto all = carry_on(few.refresh_token.reveal(), sessions, tokens).value();
    EXPECT_EQ(all.access.scope, "notes:read notes:write") << "the session had both";
    const auto limited = log_in("notes:read");
    const auto more =
        carry_on(limited.refresh_token.reveal(), sessions, tokens, {.scope = "notes:write notes:read"}).value();
    EXPECT_EQ(more.access.scope, "notes:read");
    EXPECT_EQ(carry_on(more.refresh_token.reveal(), sessions, tokens, {.scope = "\""}).error().errc(),
              errors::invalid_scope);
    EXPECT_TRUE(carry_on(more.refresh_token.reveal(), sessions, tokens).ok()) << "which did not use it up";
}

TEST_F(TokenRightsTest, where_nothing_may_not_be_left_nobody_gets_a_token_without_scopes) {
    const Secret right(std::string_view("right")), wrong(std::string_view("wrong"));
    const auto log_in_for = [&](const Secret& password, std::string_view scope) {
        return domain::log_in({.username = "ann",
                               .password = password,
                               .device_token = {},
                               .client = {},
                               .scope = scope,
                               .nothing_left = NothingLeft::refused},
                              accounts, throttle, sessions, tokens);
    };
    EXPECT_EQ(log_in_for(wrong, "notes:read").error().errc(), errors::invalid_credentials);
    EXPECT_EQ(log_in_for(right, "notes:read").error().errc(), errors::invalid_scope);
    EXPECT_TRUE(log_in_for(right, " ").ok()) << "nothing was asked for";
    grant("editor");
    const auto few = log_in_for(right, "notes:read keyhold:admin");
    EXPECT_EQ(few->access.scope, "notes:read");
    const Refresher none{.scope = "notes:write", .nothing_left = NothingLeft::refused};
    const std::string shown(few->refresh_token.reveal());
    EXPECT_EQ(carry_on(shown, sessions, tokens, none).error().errc(), errors::invalid_scope);
    EXPECT_EQ(carry_on(shown, sessions, tokens)->access.scope, "notes:read") << "it may come again";
}

TEST_F(TokenRightsTest, a_client_that_shows_a_password_is_refused_what_the_account_does_not_have) {
    RegisteredClients clients(*stores.clients, clock, random);
    ClientWish wish;
    wish.id = "mail";
    wish.first_party = true;
    wish.grants = {"password", "refresh_token"};
    ASSERT_TRUE(clients.add(wish).ok());
    const RegisteredClient client = clients.find("mail").value();
    const Secret password(std::string_view("right"));
    const auto log_in_for = [&](std::string_view asked, std::string_view scope) {
        return log_in_to_client({.username = "ann",
                                 .password = password,
                                 .device_token = {},
                                 .client = {},
                                 .scope = asked,
                                 .nothing_left = NothingLeft::refused},
                                client, scope, accounts, throttle, sessions, tokens);
    };
    EXPECT_EQ(log_in_for("notes:read", "notes:read").error().errc(), errors::invalid_scope);
    EXPECT_TRUE(log_in_for("", "").ok());
    EXPECT_EQ(log_in_for("openid notes:read", "openid notes:read")->access.scope, "openid");
    grant("editor");
    const auto given = log_in_for("notes:read", "notes:read");
    EXPECT_EQ(given->access.scope, "notes:read");
    const std::string token(given->refresh_token.reveal());
    EXPECT_EQ(carry_on(token, sessions, tokens, {.client_id = "mail", .scope = " "})->access.scope, "notes:read");
    revoke("editor");
    const Refresher again{.client_id = "mail", .scope = "notes:read", .nothing_left = NothingLeft::refused};
    EXPECT_EQ(carry_on(token, sessions, tokens, again).error().errc(), errors::invalid_scope);
}

TEST_F(TokenRightsTest, a_scope_that_is_none_is_refused_before_the_password_is_looked_at) {
    const Secret password(std::string_view("right"));
    const auto refused = domain::log_in({"ann", password, {}, {}, "a\"b"}, accounts, throttle, sessions, tokens);
    EXPECT_EQ(refused.error().errc(), errors::invalid_scope);
    EXPECT_EQ(hasher.computed, 0);
}

TEST_F(TokenRightsTest, a_token_under_a_key_of_our_own_names_the_user_unless_it_shall_not) {
    KeyRing ring(*stores.keys, KeySealer({Secret(std::string_view("material")), Secret()}), clock, random, {});
    SigningKeys own(ring, jose::Key::from_secret(*jose::find_algorithm("HS256"), "your_secret_key").value(), 1024,
                    [](std::string_view) {});
    own.reload();
    const store::Subject ann{.id = *parse_id(id_of("ann")), .username = "Ann"};
    const auto claims = [&](bool names_user) {
        Tokens of_own(own, liveness, clock, random, {.issuer = "https://auth.example", .names_user = names_user});
        const auto token = of_own.issue({ann, "sid", clock.now() + std::chrono::hours(1), {}})->access_token;
        return base64url::decode(token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1)).value();
    };
    EXPECT_NE(claims(true).find(R"("preferred_username":"Ann")"), std::string::npos);
    EXPECT_EQ(claims(false).find("preferred_username"), std::string::npos);
}

}  // namespace keyhold::domain
