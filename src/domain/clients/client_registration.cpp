// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_registration.hpp"

#include <algorithm>
#include <array>

#include "crypto/equal.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/redirect_uri.hpp"
#include "domain/errors.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {
namespace {

// From one address (IPv6: one /64): an application in its tests, not somebody who fills the table.
constexpr std::int64_t of_address = 100, of_address_per_minute = 10;

// What everybody may ask for. Others are for resource servers, whose operator says who may have them.
constexpr std::array<std::string_view, 4> scopes_of_everybody{"openid", "profile", "email", "offline_access"};
constexpr std::array<std::string_view, 3> grants_of_everybody{"authorization_code", "refresh_token", device_grant};

bool is_https(std::string_view uri) { return uri.empty() || uri.starts_with("https://"); }

Error refuse_registration(std::string why) { return {errors::validation_failed, std::move(why)}; }

Error refuse_redirect_uri(std::string why) { return {errors::invalid_redirect_uri, std::move(why)}; }

// OpenID Connect Dynamic Client Registration §2, application_type. A page of a server that is reached without TLS, or
// by the scheme of an app, would be whoever answers there.
Result<> check_by_type(const std::string& uri, const ClientWish& wish) {
    const bool is_implicit = std::ranges::find(wish.grants, implicit_grant) != wish.grants.end();
    // RFC 7591 does not know the member, and apps that follow it alone register for codes without it. With the implicit
    // grant, of OpenID Connect alone, none is `web`.
    if (!wish.application_type && !is_implicit) return {};
    const bool is_by_https = uri.starts_with("https://");
    if (wish.application_type == ApplicationType::native)
        return is_by_https ? refuse_redirect_uri(
                                 "redirect URI: of a native application it is a scheme of its own, or "
                                 "http to this machine (127.0.0.1, [::1], localhost)")
                           : Result<>();
    if (!is_by_https)
        return refuse_redirect_uri(
            "redirect URI: of a web application it is https; an app says application_type native");
    if (is_implicit && is_at_localhost(uri))
        return refuse_redirect_uri("redirect URI: a web application with the implicit grant is not at localhost");
    return {};
}

}  // namespace

ClientRegistration::ClientRegistration(RegisteredClients& clients, const Clock& clock, ClientRegistrationRules rules)
    : clients_(clients), clock_(clock), rules_(std::move(rules)), addresses_(of_address, of_address_per_minute) {}

Result<> ClientRegistration::check(ClientWish& wish) const {
    // What the operator alone decides is taken out rather than refused: RFC 7591 §2 lets a server replace what a
    // client asks for.
    wish.first_party = false;
    // RFC 9700 §2.1.1: public clients use PKCE, whatever the setting says.
    wish.needs_pkce = rules_.needs_pkce || wish.kind == ClientKind::public_;
    std::erase_if(wish.scopes, [](const std::string& scope) {
        return std::ranges::find(scopes_of_everybody, scope) == scopes_of_everybody.end();
    });
    for (const std::string& grant : wish.grants)
        if (std::ranges::find(grants_of_everybody, grant) == grants_of_everybody.end() &&
            !(rules_.allows_implicit && grant == implicit_grant))
            return refuse_registration("grant_types: '" + grant + "' is given by the operator alone");
    for (const auto& [what, uris] : {std::pair("redirect URI", &wish.redirect_uris),
                                     std::pair("post-logout redirect URI", &wish.post_logout_redirect_uris)})
        for (const std::string& uri : *uris)
            if (auto checked = check_redirect_uri(uri, what); !checked)
                return refuse_redirect_uri(std::string(checked.error().detail()));
    for (const std::string& uri : wish.redirect_uris)
        if (auto checked = check_by_type(uri, wish); !checked) return checked;
    if (!is_https(wish.jwks_uri)) return refuse_registration("jwks_uri: it has to be an https URL");
    if (!is_https(wish.backchannel_logout_uri))
        return refuse_registration("backchannel_logout_uri: it has to be an https URL");
    return {};
}

Result<> ClientRegistration::spend(std::string_view address) {
    return addresses_.spend(address, clock_.now(), errors::too_many_registrations, "registrations");
}

Result<NewClient> ClientRegistration::add(ClientWish wish, std::string_view token, std::string_view address) {
    if (!rules_.is_open) return errors::not_found;
    // Each attempt counts, whatever comes out: a guess at the initial token too.
    if (auto spent = spend(address); !spent) return std::move(spent).error();
    if (!rules_.initial_token.empty() && !crypto::equal(token, rules_.initial_token.reveal()))
        return errors::token_malformed;
    // The server makes the id (RFC 7591 §3.2.1), so that nobody takes one that looks like somebody else's.
    wish.id.clear();
    if (auto checked = check(wish); !checked) return std::move(checked).error();
    return clients_.add(wish, Registers::itself);
}

Result<RegisteredClient> ClientRegistration::find(std::string_view id, std::string_view token) const {
    auto client = rules_.is_open ? clients_.find(id) : std::nullopt;
    // Compared all the same, so that an unknown id takes as long as a known one.
    static const std::string nobodys(43, '.');  // no digest in base64url is that
    const std::string& digest = client && client->registered_itself() ? client->registration_digest : nobodys;
    if (!crypto::equal(digest_of_secret(Secret(token)), digest)) return errors::token_malformed;
    return *std::move(client);
}

Result<RegisteredClient> ClientRegistration::replace(const RegisteredClient& client, ClientWish wish,
                                                     std::string_view address) {
    if (auto spent = spend(address); !spent) return std::move(spent).error();
    wish.id = client.id;
    if (auto checked = check(wish); !checked) return std::move(checked).error();
    return clients_.replace(client, wish);
}

}  // namespace keyhold::domain
