// SPDX-License-Identifier: Apache-2.0
#include "oauth/client.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "domain/errors.hpp"

namespace keyhold::http {
namespace {

// What a request says of its client. Without a secret nothing is proved.
struct Presented {
    std::string id;
    Secret secret;
    std::string assertion_type = {};
    Secret assertion = {};  // RFC 7521 §4.2
};

struct ClientBody {
    std::optional<std::string> client_id;
    std::optional<Secret> client_secret;
    std::optional<std::string> client_assertion_type;
    std::optional<Secret> client_assertion;
};
KEYHOLD_FIELDS(ClientBody, (client_id, about("The name under which the client is registered")),
               (client_secret, about("Its secret, if it has one and does not send it as HTTP Basic")),
               (client_assertion_type, about("Always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`")),
               (client_assertion, about("A JWT by which the client proves itself (RFC 7523)")))

// RFC 4648 §4, by way of §5: the same but for two letters and the padding.
std::optional<std::string> decode_base64(std::string text) {
    while (text.ends_with('=')) text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return base64url::decode(text);
}

// RFC 7617 §2; RFC 6749 §2.3.1 has both halves form-encoded first.
std::optional<Presented> by_basic(std::string_view field) {
    constexpr std::string_view scheme = "Basic ";
    if (field.size() < scheme.size() || !equal_ignoring_case(field.substr(0, scheme.size()), scheme)) return {};
    auto decoded = decode_base64(std::string(field.substr(scheme.size())));
    if (!decoded) return {};
    const Secret text(*std::move(decoded));
    const std::size_t colon = text.reveal().find(':');
    if (colon == std::string_view::npos) return {};
    auto id = decode_form_text(text.reveal().substr(0, colon));
    auto secret = decode_form_text(text.reveal().substr(colon + 1));
    if (!id || !secret) return {};
    return Presented{*std::move(id), Secret(*std::move(secret))};
}

// A body that cannot be read here gives an empty result and no error: the handler that reads the rest of the body
// refuses it. Refused: validation_failed, for a form that says more than once who the client is (RFC 6749 §3.2).
Result<Presented> by_body(const Request& request) {
    // As OAuth's endpoints read a form, so that what nobody knows does not hide the client.
    auto body = IncomingBody::read(request, Notation::form);
    const bool is_form = body.ok();
    if (!is_form) body = IncomingBody::read(request, Notation::json);
    if (!body) return Presented{};
    auto read = read_struct<ClientBody>(body->root(), "body");
    if (!read) return is_form ? Result<Presented>(std::move(read).error()) : Result<Presented>(Presented{});
    const auto secret_of = [](std::optional<Secret>& text) { return text ? std::move(*text) : Secret(); };
    return Presented{std::move(read->client_id).value_or(""), secret_of(read->client_secret),
                     std::move(read->client_assertion_type).value_or(""), secret_of(read->client_assertion)};
}

Error two_ways(std::string_view ways) {
    return {errors::validation_failed, "The client authenticates in two ways at once: " + std::string(ways)};
}

bool is_basic(std::string_view field) { return equal_ignoring_case(field.substr(0, field.find(' ')), "Basic"); }

Result<Presented> presented_by(const Request& request) {
    auto read = by_body(request);
    if (!read) return std::move(read).error();
    Presented in_body = std::move(*read);
    const auto field = request.find("Authorization");
    if (!in_body.assertion.empty() && !in_body.secret.empty()) return two_ways("client_assertion and client_secret");
    if (!field) {
        // A secret without an id is a try to authenticate, by nobody.
        if (in_body.id.empty() && !in_body.secret.empty()) return errors::invalid_client;
        return Result<Presented>(std::move(in_body));
    }
    auto basic = by_basic(*field);
    if (!basic || request.count("Authorization") > 1) return errors::invalid_client;
    // Swagger UI sends "Basic Og==", that is ":", where its user named no client.
    if (basic->id.empty() && basic->secret.empty()) return Result<Presented>(std::move(in_body));
    // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
    if (!in_body.secret.empty() || !in_body.assertion.empty()) return two_ways("HTTP Basic and the body");
    if (!in_body.id.empty() && in_body.id != basic->id)
        return Error(errors::validation_failed, "client_id is not the client that authenticates by HTTP Basic");
    return Result<Presented>(std::move(*basic));
}

// Checks the secret or the assertion that the request shows and returns the client's id. Refused if it does not hold: a
// client that shows a proof is never treated as one that shows none.
Result<std::string> prove(const Presented& presented, const Request& request, domain::ClientAuthentication& clients,
                          domain::ClientAssertions& assertions) {
    if (!presented.assertion.empty())
        return assertions.authenticate(
            {presented.assertion_type, presented.assertion.reveal(), presented.id, request.remote_address});
    if (auto proved = clients.authenticate(presented.id, presented.secret, request.remote_address); !proved)
        return std::move(proved).error();
    return presented.id;
}

bool shows_something(const Presented& presented) { return !presented.secret.empty() || !presented.assertion.empty(); }

void add_refusals(Operation& operation) {
    operation.refusals.insert(operation.refusals.end(), {errors::invalid_client, errors::validation_failed,
                                                         errors::too_many_attempts, errors::too_many_requests});
}

}  // namespace

Result<oauth::AuthenticatedClient> Extract<oauth::AuthenticatedClient>::from(const Request& request,
                                                                             domain::ClientAuthentication& clients,
                                                                             domain::ClientAssertions& assertions) {
    const auto presented = presented_by(request);
    if (!presented) return presented.error();
    if (!shows_something(*presented))
        return errors::invalid_client;  // no secret is shorter than 16 characters: no guess
    auto id = prove(*presented, request, clients, assertions);
    if (!id) return std::move(id).error();
    return oauth::AuthenticatedClient(*id, clients.is_in_settings(*id));
}

void Extract<oauth::AuthenticatedClient>::describe(Operation& operation) {
    operation.description =
        "For first-party clients (setting `clients`), by HTTP Basic or with client_id and client_secret in the body.";
    add_refusals(operation);
}

Result<oauth::PossibleClient> Extract<oauth::PossibleClient>::from(const Request& request,
                                                                   domain::ClientAuthentication& clients,
                                                                   domain::ClientAssertions& assertions) {
    const auto field = request.find("Authorization");
    const auto presented = !field || is_basic(*field) ? presented_by(request) : by_body(request);
    if (!presented) return presented.error();
    if (!shows_something(*presented)) return oauth::PossibleClient();
    if (auto id = prove(*presented, request, clients, assertions); !id) return std::move(id).error();
    return oauth::PossibleClient();
}

void Extract<oauth::PossibleClient>::describe(Operation& operation) { add_refusals(operation); }

Result<oauth::Client> Extract<oauth::Client>::from(const Request& request, domain::ClientAuthentication& clients,
                                                   domain::ClientAssertions& assertions) {
    auto presented = presented_by(request);
    if (!presented) return std::move(presented).error();
    // RFC 6749 §2.3.1: "The client MAY omit the parameter if the client secret is an empty string." So an empty one
    // proves nothing, and is no guess. §3.2.1: whoever was given a secret has to show it.
    if (!shows_something(*presented)) {
        if (clients.has_proof(presented->id)) return errors::invalid_client;
        return oauth::Client(std::move(presented->id), false);
    }
    auto id = prove(*presented, request, clients, assertions);
    if (!id) return std::move(id).error();
    return oauth::Client(*std::move(id), true);
}

void Extract<oauth::Client>::describe(Operation& operation) {
    operation.description =
        "For public clients too; a client with a secret (setting `clients`) shows it by HTTP Basic or with client_id "
        "and client_secret in the body.";
    add_refusals(operation);
}

}  // namespace keyhold::http
