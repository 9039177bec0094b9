// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_settings.hpp"

namespace keyhold::domain {

namespace {

std::string why_not(const ClientSettings& client, std::string_view why) {
    return "the client '" + client.id + "': " + std::string(why);
}

std::string problem_with_secret(const ClientSettings& client) {
    const bool has_secret = !client.secret.empty();
    if (has_secret)
        if (auto checked = check_client_secret(client.id, client.secret.reveal()); !checked)
            return std::string(checked.error().detail());
    const int ways = (has_secret ? 1 : 0) + (client.is_public ? 1 : 0) + (client.jwks_uri.empty() ? 0 : 1);
    if (ways == 1) return {};
    return why_not(client, "it has either secret, or jwks_uri, or public = true");
}

ClientWish wish_of(const ClientSettings& client) {
    ClientWish wish;
    wish.id = client.id;
    wish.name = client.name;
    wish.kind = client.is_public          ? ClientKind::public_
                : client.jwks_uri.empty() ? ClientKind::confidential
                                          : ClientKind::with_keys;
    wish.redirect_uris = client.redirect_uris;
    wish.post_logout_redirect_uris = client.post_logout_redirect_uris;
    wish.backchannel_logout_uri = client.backchannel_logout_uri;
    wish.grants = client.grants;
    wish.scopes = client.scopes;
    wish.id_token_algorithm = client.id_token_algorithm;
    wish.first_party = client.first_party;
    wish.needs_pkce = client.needs_pkce;
    wish.jwks_uri = client.jwks_uri;
    wish.userinfo_algorithm = client.userinfo_algorithm;
    return wish;
}

std::vector<Error> check(const ClientSettings& client) {
    const auto refuse = [](std::string why) { return std::vector{Error(errors::configuration, std::move(why))}; };
    if (client.id.empty()) return refuse("it has no id");
    if (!client.is_registered()) {
        // With another member somebody meant a client that people sign in to.
        const ClientSettings known{.id = client.id, .secret = Secret(client.secret.reveal())};
        for (const Setting& row : client_settings)
            if (!row.is_same(&client, &known))
                return refuse(why_not(client,
                                      "people sign in to it where it has redirect_uris, and tokens of its own "
                                      "where it has grants"));
        if (auto checked = check_client_secret(client.id, client.secret.reveal()); !checked) return {checked.error()};
        return {};
    }
    if (auto problem = problem_with_secret(client); !problem.empty()) return refuse(std::move(problem));
    if (auto checked = RegisteredClients::check(wish_of(client)); !checked)
        return refuse(why_not(client, checked.error().detail()));
    return {};
}

}  // namespace

Result<> check_client_secret(std::string_view id, std::string_view secret) {
    constexpr std::size_t shortest = 16;
    if (id.empty()) return Error(errors::configuration, "it has no id");
    if (secret.size() >= shortest) return {};
    return Error(errors::configuration, "the secret of '" + std::string(id) +
                                            "' is shorter than 16 characters: make one with `openssl rand -hex 32`");
}

const Section& client_section() {
    static const Section section = make_list_section<ClientSettings, check>(
        "client",
        "A client in a table of its own: with `id` and `secret` alone, a resource server as in `clients`; with "
        "`redirect_uris`, an application that people sign in to.",
        client_settings);
    return section;
}

Result<> declare_clients(RegisteredClients& clients, std::span<const ClientSettings> tables) {
    for (const ClientSettings& client : tables) {
        if (!client.is_registered()) continue;
        if (auto done = clients.declare(wish_of(client), client.secret); !done)
            return Error(errors::configuration, why_not(client, done.error().detail()));
    }
    return {};
}

}  // namespace keyhold::domain
