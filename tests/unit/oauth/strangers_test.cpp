// SPDX-License-Identifier: Apache-2.0
// What everybody may ask for who knows a client's id leaves few rows: pushed requests (RFC 9126), codes of devices
// (RFC 8628).
#include <gtest/gtest.h>

#include "domain/clients/authorizations.hpp"
#include "domain/clients/client_assertions.hpp"
#include "domain/clients/client_authentication.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/device_grants.hpp"
#include "domain/clients/request_objects.hpp"
#include "domain/keys/id_tokens.hpp"
#include "fixture.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"
#include "jose/algorithm.hpp"
#include "oauth/refusal.hpp"
#include "oauth/routes.hpp"
#include "oauth/settings.hpp"

namespace keyhold::oauth {
namespace {

// Of a SHA-256, in base64url: RFC 7636, appendix B.
constexpr std::string_view wanted =
    "client_id=app&response_type=code&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code_challenge_method=S256&"
    "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

class StrangersTest : public domain::DomainTest {
protected:
    StrangersTest() {
        services.provide(clients);
        services.provide(assertions);
        services.provide(registered);
        services.provide(authorizations);
        services.provide(id_tokens);
        services.provide(request_objects);
        services.provide(settings);
        http::Mount mount(routes, services, oauth::refuse, "/oauth/");
        add_par_routes(mount);
        add("app", domain::ClientKind::public_);
        server_secret = add("server", domain::ClientKind::confidential);
    }
    std::string add(const std::string& id, domain::ClientKind kind) {
        domain::ClientWish wish;
        wish.id = id;
        wish.kind = kind;
        wish.redirect_uris = {"https://app.example.com/cb"};
        wish.grants = {"authorization_code", std::string(domain::device_grant)};
        return std::string(registered.add(wish).value().secret.reveal());
    }
    int push(const std::string& body, std::string_view address = "192.0.2.1",
             std::string_view type = "application/x-www-form-urlencoded") {
        const std::vector<http::Field> fields{{"Content-Type", type}};
        http::Request request;
        request.method = http::Method::post;
        request.path = "/oauth/par";
        request.body = body;
        request.fields = fields;
        request.remote_address = address;
        response.clear();
        const http::Route* const route = dispatcher.find(request, response);
        dispatcher.run(*route, request, response);
        return response.status;
    }
    std::string member(std::string_view name) const {
        json::Document document;
        const auto found = document.parse(response.body)->find(name);
        return found && found->string() ? std::string(*found->string()) : std::string();
    }

    std::string server_secret;
    domain::SigningKeys keys{
        jose::Key::from_secret(*jose::find_algorithm("HS256"), "a secret of thirty-two characters").value()};
    domain::Liveness liveness{stores, clock};
    domain::Tokens tokens{keys, liveness, clock, random, {}};
    Replaceable<domain::Clients> known_clients{
        domain::Clients::parse(Secret(std::string_view("api:8e1f0c6d2b7a4953"))).value()};
    domain::RegisteredClients registered{*stores.clients, clock, random};
    domain::ClientAuthentication clients{known_clients, throttle, &registered};
    domain::ClientKeys client_keys{clock, [](const domain::RegisteredClient&) { return std::optional<std::string>(); }};
    domain::ClientAssertions assertions{*stores.authorizations, registered, client_keys, clients, clock, {}};
    domain::Authorizations authorizations{stores, sessions, tokens, clock, random};
    domain::DeviceGrants devices{*stores.authorizations, authorizations, sessions, clock, random};
    domain::IdTokens id_tokens{keys, {}, clock, "", std::chrono::minutes(30)};
    domain::RequestObjects request_objects{false, client_keys, clock, "", {}};
    Settings settings;
    http::Services services;
    http::Routes routes;
    http::Cors cors{{}};
    http::Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view what) { FAIL() << what; }};
    http::Response response;
};

}  // namespace

TEST_F(StrangersTest, of_a_pushed_request_that_is_stored_which_somebody_reads) {
    ASSERT_EQ(push(std::string(wanted) + "&state=s1&junk=" + std::string(60'000, 'x')), 201);
    const auto stored = authorizations.find_pushed("app", member("request_uri"));
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->find("junk"), std::string::npos);
    EXPECT_LT(stored->size(), 300U);
    EXPECT_NE(stored->find("state=s1"), std::string::npos);
    EXPECT_EQ(push(std::string(wanted) + "&nonce=" + std::string(3000, 'x')), 400) << "what is read is limited";
}

TEST_F(StrangersTest, what_is_no_text_is_refused_before_a_server_refuses_to_store_it) {
    EXPECT_EQ(push(std::string(wanted) + "&nonce=%C3%A9"), 201);
    for (const char* bytes : {"%ff", "%c3", "a%00b"}) {
        EXPECT_EQ(push(std::string(wanted) + "&nonce=" + bytes), 400) << bytes;
        EXPECT_EQ(member("error"), "invalid_request");
    }
}

// RFC 9126 §2.3, RFC 6749 §4.1.2.1, OpenID Connect Core §5.5.1.1.
TEST_F(StrangersTest, a_push_is_refused_in_the_words_of_the_authorization_endpoint) {
    const std::string good(wanted);
    std::string other_type = good;
    other_type.replace(other_type.find("=code"), 5, "=token");
    const std::string acr =
        "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%225%22%7D%7D%7D";
    for (const auto& [body, word] :
         {std::pair(other_type, "unsupported_response_type"),
          std::pair(good + acr, "unmet_authentication_requirements"),
          std::pair(good + "&request=x.y.z", "request_not_supported"),
          std::pair(good + "&registration=x", "registration_not_supported"),
          std::pair(good + "&resource=https%3A%2F%2Fother.example.com", "invalid_target"),
          std::pair(good + "&resource=notes&resource=x", "invalid_target"),
          std::pair(good + "&scope=telepathy", "invalid_scope"), std::pair(good + "&max_age=x", "invalid_request")}) {
        EXPECT_EQ(push(body), 400) << body;
        EXPECT_EQ(member("error"), word);
    }
    EXPECT_EQ(push(good + "&x=1&x=2"), 201) << "what nobody knows is ignored";
}

TEST_F(StrangersTest, what_is_pushed_is_a_form) {
    for (const char* type : {"application/json", "text/plain", "multipart/form-data; boundary=x"}) {
        EXPECT_EQ(push(std::string(wanted), "192.0.2.1", type), 400) << type;
        EXPECT_EQ(member("error"), "invalid_request");
    }
    EXPECT_EQ(push(std::string(wanted), "192.0.2.1", "application/x-www-form-urlencoded; charset=utf-8"), 201);
}

TEST_F(StrangersTest, an_address_pushes_so_many_and_then_waits) {
    for (int i = 0; i < domain::strangers_at_once; ++i) ASSERT_EQ(push(std::string(wanted)), 201) << i;
    EXPECT_EQ(push(std::string(wanted)), 429);
    EXPECT_EQ(member("error"), "temporarily_unavailable");
    EXPECT_NE(response.fields().find("Retry-After: 1\r\n"), std::string_view::npos) << response.fields();
    EXPECT_EQ(push(std::string(wanted), "192.0.2.2"), 201);
    std::string of_server(wanted);
    of_server.replace(of_server.find("=app"), 4, "=server&client_secret=" + server_secret);
    EXPECT_EQ(push(of_server), 201) << "the operator knows it";
    clock.set(clock.now() + std::chrono::seconds(1));
    EXPECT_EQ(push(std::string(wanted)), 201);
}

TEST_F(StrangersTest, an_address_begins_on_so_many_devices_and_then_waits) {
    const auto app = registered.find("app").value(), server = registered.find("server").value();
    for (int i = 0; i < domain::strangers_at_once; ++i) ASSERT_TRUE(devices.start(app, "", "192.0.2.1").ok()) << i;
    const auto refused = devices.start(app, "", "192.0.2.1");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::too_many_requests);
    EXPECT_EQ(refused.error().quota()->retry_in, std::chrono::seconds(1));
    EXPECT_TRUE(devices.start(app, "", "192.0.2.2").ok());
    EXPECT_TRUE(devices.start(server, "", "192.0.2.1").ok());
}

TEST_F(StrangersTest, a_client_that_registered_itself_is_a_strangers_though_it_has_a_secret) {
    domain::ClientWish wish;
    wish.name = "bought";
    wish.redirect_uris = {"https://app.example.com/cb"};
    const auto itself = registered.add(wish, domain::Registers::itself).value().client;
    EXPECT_FALSE(domain::is_of_operator(itself));
    EXPECT_FALSE(domain::is_of_operator(registered.find("app").value()));
    EXPECT_TRUE(domain::is_of_operator(registered.find("server").value()));
}

}  // namespace keyhold::oauth
