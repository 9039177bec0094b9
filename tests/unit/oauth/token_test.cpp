// SPDX-License-Identifier: Apache-2.0
// The token endpoint without a socket: what it is asked, where that runs, what it answers.
#include <gtest/gtest.h>

#include "domain/accounts/profiles.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/clients/authorizations.hpp"
#include "domain/clients/client_assertions.hpp"
#include "domain/clients/client_authentication.hpp"
#include "domain/clients/device_grants.hpp"
#include "domain/errors.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/passwords/log_in.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "fixture.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"
#include "jose/algorithm.hpp"
#include "oauth/refusal.hpp"
#include "oauth/routes.hpp"
#include "store/errors.hpp"

namespace keyhold::oauth {
namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded";

class TokenEndpointTest : public domain::DomainTest {
protected:
    TokenEndpointTest() {
        put("ann", "fake$right");
        services.provide(accounts);
        services.provide(throttle);
        services.provide(sessions);
        services.provide(tokens);
        services.provide(counters);
        services.provide(clients);
        services.provide(assertions);
        services.provide(registered);
        services.provide(authorizations);
        services.provide(devices);
        services.provide(id_tokens);
        services.provide(profiles);
        services.provide(static_cast<const Clock&>(clock));
        services.provide(discovery);
        http::Mount mount(routes, services, oauth::refuse, "/oauth/");
        add_token_routes(mount);
    }

    // "200", or the status and `error`.
    std::string post(std::string_view body, std::string_view authorization = {}) {
        std::vector<http::Field> fields{{"Content-Type", form}};
        if (!authorization.empty()) fields.push_back({"Authorization", authorization});
        http::Request request;
        request.method = http::Method::post;
        request.path = "/oauth/token";
        request.body = body;
        request.fields = fields;
        request.remote_address = "192.0.2.1";
        response.clear();
        const http::Route* const route = dispatcher.find(request, response);
        on = dispatcher.on_of(*route, request);
        known = dispatcher.payer_of(*route, request).known;
        dispatcher.run(*route, request, response);
        const std::string error = member("error");
        return std::to_string(response.status) + (error.empty() ? "" : " " + error);
    }
    std::string member(std::string_view name) const {
        json::Document document;
        const auto found = document.parse(response.body)->find(name);
        return found && found->string() ? std::string(*found->string()) : std::string();
    }

    domain::Accounts accounts{*stores.accounts, hasher, throttle, clock, random, {}};
    domain::SigningKeys keys{
        jose::Key::from_secret(*jose::find_algorithm("HS256"), "a secret of thirty-two characters").value()};
    domain::Liveness liveness{stores, clock};
    domain::Tokens tokens{keys, liveness, clock, random, {}};
    domain::LogInCounters counters;
    Replaceable<domain::Clients> known_clients{
        domain::Clients::parse(Secret(std::string_view("api:8e1f0c6d2b7a4953"))).value()};
    domain::ClientAuthentication clients{known_clients, throttle};
    domain::RegisteredClients registered{*stores.clients, clock, random};
    domain::ClientKeys client_keys{clock, [](const domain::RegisteredClient&) { return std::optional<std::string>(); }};
    domain::ClientAssertions assertions{*stores.authorizations, registered, client_keys, clients, clock, {}};
    domain::Authorizations authorizations{stores, sessions, tokens, clock, random};
    domain::DeviceGrants devices{*stores.authorizations, authorizations, sessions, clock, random};
    domain::IdTokens id_tokens{keys, {}, clock, "", std::chrono::minutes(30)};
    domain::Profiles profiles{stores.database, clock};
    Discovery discovery{"https://auth.example", true, std::chrono::seconds(300)};
    http::Services services;
    http::Routes routes;
    http::Cors cors{{}};
    http::Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view what) { FAIL() << what; }};
    http::Response response;
    http::On on{};
    std::string known;
};

TEST_F(TokenEndpointTest, a_password_is_hashed_where_passwords_are_and_a_refresh_is_not) {
    EXPECT_EQ(post("grant_type=password&username=ann&password=right"), "200");
    EXPECT_EQ(on, http::On::hashing);
    EXPECT_EQ(member("token_type"), "Bearer");
    EXPECT_EQ(counters.succeeded(), 1U);
    const std::string refresh_token = member("refresh_token");
    EXPECT_EQ(post("grant_type=refresh_token&refresh_token=" + refresh_token), "200");
    EXPECT_EQ(on, http::On::storing);
    EXPECT_NE(member("refresh_token"), refresh_token);
    EXPECT_EQ(hasher.computed, 1);
}

// A password is hashed on the threads for it, however the request is written.
TEST_F(TokenEndpointTest, no_body_is_read_as_one_grant_and_run_as_another) {
    for (const std::string_view body :
         {"username=ann&password=x&grant_type=password", "grant%5ftype=password&username=ann&password=x",
          "grant_type=p%61ssword&username=ann&password=x",
          "x=grant_type=refresh_token&grant_type=password&username=ann&password=x",
          "grant_type=password&username=ann&password=%26grant_type=refresh_token"}) {
        EXPECT_EQ(post(body), "400 invalid_grant") << body;
        EXPECT_EQ(on, http::On::hashing) << body;
    }
    EXPECT_EQ(post("grant_type=refresh_token&grant_type=password&username=ann&password=x"), "400 invalid_request");
    EXPECT_EQ(post("grant_type=&grant_type=password&username=ann&password=x"), "400 invalid_request");
    const std::string long_body = "grant_type=password&username=ann&password=x&more=" + std::string(5000, 'x');
    EXPECT_EQ(post(long_body), "400 invalid_grant");
    EXPECT_EQ(on, http::On::hashing);
}

TEST_F(TokenEndpointTest, wrong_passwords_and_unknown_names_are_answered_and_cost_alike) {
    EXPECT_EQ(post("grant_type=password&username=ann&password=wrong"), "400 invalid_grant");
    const std::string wrong = response.body + std::string(response.fields());
    EXPECT_EQ(post("grant_type=password&username=nobody&password=wrong"), "400 invalid_grant");
    EXPECT_EQ(response.body + std::string(response.fields()), wrong);
    EXPECT_EQ(hasher.computed, 2);
    EXPECT_EQ(counters.refused().at(errors::invalid_credentials), 2U);
}

TEST_F(TokenEndpointTest, guesses_are_counted_with_those_at_the_log_in) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(post("grant_type=password&username=ann&password=wrong"), "400 invalid_grant");
    EXPECT_EQ(post("grant_type=password&username=ann&password=right"), "429 temporarily_unavailable");
    EXPECT_EQ(accounts.authenticate("ann", Secret(std::string_view("right")), {}).error().errc(),
              errors::too_many_attempts);
    EXPECT_EQ(lockouts.size(), 1U);
}

TEST_F(TokenEndpointTest, a_known_device_has_a_turn_of_its_own) {
    EXPECT_EQ(post("grant_type=password&username=ann&password=right"), "200");
    EXPECT_EQ(known, "");
    const std::string device = member("device_token");
    EXPECT_EQ(post("grant_type=password&username=Ann&password=right&device_token=" + device), "200");
    EXPECT_EQ(known, "ann");
    EXPECT_EQ(member("device_token"), device);
    EXPECT_EQ(post("grant_type=password&username=ann&password=right&device_token=khd_x"), "200");
    EXPECT_EQ(known, "");
}

// RFC 6749 §2.3, §3.2.1. "YXBpOjhlMWYwYzZkMmI3YTQ5NTM=" is api:8e1f0c6d2b7a4953, "YXBpOng=" api:x, "YXBpOg==" api: and
// "d2ViOg==" web: by coreutils' base64.
TEST_F(TokenEndpointTest, a_client_that_tries_to_authenticate_has_to_succeed) {
    const std::string ask = "grant_type=password&username=ann&password=right";
    EXPECT_EQ(post(ask, "Basic YXBpOjhlMWYwYzZkMmI3YTQ5NTM="), "200");
    EXPECT_EQ(post(ask + "&client_id=api", "Basic YXBpOjhlMWYwYzZkMmI3YTQ5NTM="), "200");
    EXPECT_EQ(post(ask + "&client_id=api&client_secret=8e1f0c6d2b7a4953"), "200");
    EXPECT_EQ(post(ask + "&client_id=web"), "200") << "a public client";
    EXPECT_EQ(post(ask + "&client_id=web&client_secret="), "200") << "an empty secret is an absent one";
    EXPECT_EQ(post(ask, "Basic d2ViOg=="), "200");
    EXPECT_EQ(post(ask, "Basic Og=="), "200") << "Swagger UI";
    const int hashed = hasher.computed;
    EXPECT_EQ(post(ask, "Basic YXBpOng="), "401 invalid_client");
    EXPECT_EQ(post(ask, "Basic YXBpOg=="), "401 invalid_client") << "it has a secret";
    EXPECT_EQ(post(ask + "&client_id=api"), "400 invalid_client") << "it has a secret";
    EXPECT_EQ(post(ask + "&client_id=api&client_secret=x"), "400 invalid_client");
    EXPECT_EQ(post(ask + "&client_id=web&client_secret=x"), "400 invalid_client");
    EXPECT_EQ(post(ask + "&client_secret=8e1f0c6d2b7a4953"), "400 invalid_client");
    EXPECT_EQ(post(ask, "Bearer x"), "401 invalid_client");
    EXPECT_EQ(post(ask, "Basic !"), "401 invalid_client");
    EXPECT_EQ(post(ask + "&client_secret=8e1f0c6d2b7a4953", "Basic YXBpOjhlMWYwYzZkMmI3YTQ5NTM="),
              "400 invalid_request");
    EXPECT_EQ(post(ask + "&client_id=web", "Basic YXBpOjhlMWYwYzZkMmI3YTQ5NTM="), "400 invalid_request");
    EXPECT_EQ(hasher.computed, hashed) << "no password was looked at";
}

// RFC 6749 §5.2: "The authenticated client is not authorized to use this authorization grant type."
TEST_F(TokenEndpointTest, a_client_that_proved_itself_and_may_not_is_unauthorized_and_not_unknown) {
    for (const std::string grant :
         {"client_credentials", "authorization_code&code=x&redirect_uri=https://a.example/"}) {
        EXPECT_EQ(post("grant_type=" + grant, "Basic YXBpOjhlMWYwYzZkMmI3YTQ5NTM="), "400 unauthorized_client");
        EXPECT_EQ(post("grant_type=" + grant + "&client_id=web"), "400 invalid_client");
        EXPECT_EQ(post("grant_type=" + grant, "Basic YXBpOng="), "401 invalid_client");
    }
}

// RFC 8707 §2: "invalid_target". Tokens under a secret say no audience, so they are for no resource that is named.
TEST_F(TokenEndpointTest, no_token_is_given_for_a_resource_that_tokens_are_not_for) {
    const std::string ask = "grant_type=password&username=ann&password=right";
    EXPECT_EQ(post(ask + "&resource="), "200") << "without a value it is absent";
    const int hashed = hasher.computed;
    EXPECT_EQ(post(ask + "&resource=https%3A%2F%2Fauth.example"), "400 invalid_target");
    EXPECT_EQ(post(ask + "&resource=&resource=notes"), "400 invalid_target");
    EXPECT_EQ(hasher.computed, hashed) << "no password was looked at";
}

// RFC 6749 §3.3: scope = scope-token *( SP scope-token ).
TEST_F(TokenEndpointTest, a_scope_without_a_word_is_not_answered) {
    const std::string ask = "grant_type=password&username=ann&password=right&scope=";
    for (const char* scope : {"", "+", "++"}) {
        EXPECT_EQ(post(ask + scope), "200");
        EXPECT_EQ(response.body.find("scope"), std::string::npos) << scope;
    }
}

// RFC 6749 §5.1: `scope` is REQUIRED where it differs from what was asked for, and §3.3 has no empty one.
TEST_F(TokenEndpointTest, what_asks_for_scopes_and_has_none_of_them_is_refused) {
    const std::string ask = "grant_type=password&username=ann&password=right&scope=";
    EXPECT_EQ(post(ask + "notes%3Aread+foo"), "400 invalid_scope");
    EXPECT_EQ(stores.sessions
                  ->list({.account_id = domain::id_of("ann"),
                          .after = {},
                          .limit = 9,
                          .now = clock.now(),
                          .not_idle_since = Time()})
                  .sessions.size(),
              0U);
    domain::Roles roles{*stores.roles, clock};
    ASSERT_TRUE(roles.add("editor", {"notes:read", "notes:write"}, domain::Roles::whoever_runs_the_server).ok());
    ASSERT_TRUE(roles.grant(domain::id_of("ann"), "editor", domain::Roles::whoever_runs_the_server).ok());
    EXPECT_EQ(post(ask + "foo"), "400 invalid_scope");
    EXPECT_EQ(post(ask + "notes%3Aread+foo"), "200");
    EXPECT_EQ(member("scope"), "notes:read");
    const std::string refresh = "grant_type=refresh_token&refresh_token=" + member("refresh_token");
    EXPECT_EQ(post(refresh + "&scope=notes%3Awrite"), "400 invalid_scope") << "the session was not given that";
    EXPECT_EQ(post(refresh), "200") << "and the refresh token is as good as before";
    EXPECT_EQ(member("scope"), "notes:read");
}

}  // namespace
}  // namespace keyhold::oauth
