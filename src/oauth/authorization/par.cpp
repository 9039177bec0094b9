// SPDX-License-Identifier: Apache-2.0
// POST /oauth/par: a client says what it wants before it sends the person (RFC 9126).
#include <algorithm>
#include <array>

#include "domain/clients/authorizations.hpp"
#include "domain/clients/client_errors.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/client.hpp"
#include "oauth/errors.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

struct Pushed {
    static constexpr std::string_view schema_name = "PushedRequest";
    std::string request_uri;
    std::int64_t expires_in;  // seconds
};
KEYHOLD_FIELDS(Pushed, (request_uri, about("What `/oauth/par` answered (RFC 9126), or where the request object is")),
               (expires_in, about("Seconds that it is good")))

// The body is a form, as at the other endpoints: before it is asked whose it is, as that may stand in it.
struct PushedForm {
    static constexpr std::string_view schema_name = "PushedForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::optional<std::string> client_id;  // and what /oauth/authorize understands, and what proves the client
};
KEYHOLD_FIELDS(PushedForm, (client_id, about("The name under which the client is registered")))

// What is answered by its own word, as the authorization endpoint would have answered it (§2.3); anything else is an
// invalid_request.
constexpr std::array<Errc, 8> with_a_word{errors::invalid_scope,
                                          errors::invalid_target,
                                          errors::unauthorized_client,
                                          errors::unsupported_response_type,
                                          errors::unmet_authentication_requirements,
                                          errors::request_not_supported,
                                          errors::registration_not_supported,
                                          errors::invalid_request_object};

Error as_error(const AuthorizationRefusal& refusal) {
    for (const Errc errc : with_a_word)
        if (errc.row().oauth == refusal.error) return {errc, refusal.description};
    return {errors::validation_failed, refusal.description};
}

Result<http::Created<Pushed>> push(const PushedForm&, const Client& client, const http::Request& request,
                                   domain::RegisteredClients& clients, domain::Authorizations& authorizations,
                                   domain::IdTokens& id_tokens, domain::RequestObjects& objects,
                                   const Settings& settings) {
    const auto registered = clients.find(client.id());
    if (!registered) return errors::invalid_client;
    auto fields = http::parse_form(request.body);
    if (!fields) return Error(errors::validation_failed, "The form is not well encoded");
    keep_known(*fields);  // what proves the client is no part of the request, and what nobody reads is not stored
    // A client that authenticates by HTTP Basic need not name itself once more.
    const auto names_itself = [](const auto& field) { return field.first == "client_id"; };
    if (std::ranges::none_of(*fields, names_itself)) fields->emplace_back("client_id", client.id());
    if (std::ranges::any_of(*fields, [](const auto& field) { return field.first == "request_uri"; }))
        return Error(errors::validation_failed, "request_uri has no place here (RFC 9126, section 2.1)");
    // As it will be read when the person comes, so that nothing is refused only then.
    const auto read =
        read_authorization_request(query_of(*fields), {clients, authorizations, id_tokens, objects, settings});
    if (const auto* const refusal = std::get_if<AuthorizationRefusal>(&read)) return as_error(*refusal);
    // Of a request object, what it says; the object itself, which proves something of the client's, is not stored.
    const auto& wanted = std::get<AuthorizationRequest>(read);
    auto uri = authorizations.push(*registered, query_of(wanted.fields), request.remote_address);
    if (!uri) return std::move(uri).error();
    return http::Created<Pushed>{{*std::move(uri), domain::pushed_lifetime.count()}};
}

}  // namespace

void add_par_routes(http::Mount& mount) {
    mount.add(http::Method::post, "/oauth/par",
              {.summary = "Say what a person will be asked for (RFC 9126)",
               .tag = "oauth",
               .door = Door::oauth,
               .on = http::On::storing,
               .no_store = true,
               .refusals = {errors::validation_failed, errors::invalid_scope, errors::invalid_target,
                            errors::unauthorized_client, errors::unsupported_response_type,
                            errors::unmet_authentication_requirements, errors::request_not_supported,
                            errors::registration_not_supported, errors::invalid_request_object,
                            errors::unsupported_media_type, errors::too_many_requests, errors::store_unavailable}},
              push);
}

}  // namespace keyhold::oauth
