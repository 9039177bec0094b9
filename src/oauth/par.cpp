// SPDX-License-Identifier: Apache-2.0
// POST /oauth/par: a client says what it wants before it sends the person (RFC 9126).
#include <algorithm>

#include "domain/authorizations.hpp"
#include "domain/client_errors.hpp"
#include "oauth/authorization_request.hpp"
#include "oauth/client.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {
namespace {

struct Pushed {
    static constexpr std::string_view schema_name = "PushedRequest";
    std::string request_uri;
    std::int64_t expires_in;  // seconds
};
KEYHOLD_FIELDS(Pushed, (request_uri), (expires_in))

// §2.3: as the token endpoint refuses.
Error as_error(const AuthorizationRefusal& refusal) {
    const Errc errc = refusal.error == "invalid_scope"         ? errors::invalid_scope
                      : refusal.error == "unauthorized_client" ? errors::unauthorized_client
                                                               : errors::validation_failed;
    return {errc, refusal.description};
}

// What proves the client is not part of the request.
bool is_proof(const std::pair<std::string, std::string>& field) {
    return field.first == "client_secret" || field.first == "client_assertion" ||
           field.first == "client_assertion_type";
}

Result<http::Created<Pushed>> push(const Client& client, const http::Request& request,
                                   domain::RegisteredClients& clients, domain::Authorizations& authorizations,
                                   domain::IdTokens& id_tokens) {
    if (!clients.find(client.id())) return errors::invalid_client;
    auto fields = http::parse_form(request.body);
    if (!fields) return Error(errors::validation_failed, "The form is not well encoded");
    std::erase_if(*fields, is_proof);
    // A client that authenticates by HTTP Basic need not name itself once more.
    const auto names_itself = [](const auto& field) { return field.first == "client_id"; };
    if (std::ranges::none_of(*fields, names_itself)) fields->emplace_back("client_id", client.id());
    if (std::ranges::any_of(*fields, [](const auto& field) { return field.first == "request_uri"; }))
        return Error(errors::validation_failed, "request_uri has no place here (RFC 9126, section 2.1)");
    std::string parameters = query_of(*fields);
    const auto read = read_authorization_request(parameters, {clients, authorizations, id_tokens});
    if (const auto* const refusal = std::get_if<AuthorizationRefusal>(&read)) return as_error(*refusal);
    return http::Created<Pushed>{
        {authorizations.push(client.id(), std::move(parameters)), domain::pushed_lifetime.count()}};
}

}  // namespace

void add_par_routes(http::Mount& mount) {
    mount.add(http::Method::post, "/oauth/par",
              {.summary = "Say what a person will be asked for (RFC 9126)",
               .tag = "oauth",
               .on = http::On::storing,
               .no_store = true,
               .refusals = {errors::validation_failed, errors::invalid_scope, errors::unauthorized_client,
                            errors::unsupported_media_type, errors::store_unavailable}},
              push);
}

}  // namespace keyhold::oauth
