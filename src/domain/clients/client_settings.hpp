// SPDX-License-Identifier: Apache-2.0
// Clients that stand in keyhold.toml: the [[client]] tables.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/setting.hpp"
#include "domain/clients/registered_clients.hpp"

namespace keyhold::domain {

// One of the tables.
struct ClientSettings {
    std::string id;
    Secret secret;
    std::string name;
    std::vector<std::string> redirect_uris, post_logout_redirect_uris, grants, scopes;
    std::string backchannel_logout_uri, id_token_algorithm, userinfo_algorithm, jwks_uri;
    bool is_public = false, first_party = false, needs_pkce = true;

    // People sign in to it, or it gets tokens of its own: a row of the database, as `client add` makes them. Without
    // either it is a resource server, which asks about tokens and takes them back (clients.hpp).
    bool is_registered() const { return !redirect_uris.empty() || !grants.empty(); }
};

inline constexpr std::array client_settings{
    reloaded_setting(setting<&ClientSettings::id>("client_id", "", "What the client calls itself")),
    reloaded_setting(
        secret_setting<&ClientSettings::secret>("client_secret", "What it proves itself with, 16 characters at least")),
    reloaded_setting(setting<&ClientSettings::redirect_uris>(
        "client_redirect_uris", "",
        "Where people are sent back to, letter by letter. With this or `grants` it is a client as `keyhold client add` "
        "makes them")),
    reloaded_setting(setting<&ClientSettings::name>("client_name", "", "What people are shown; else the id")),
    reloaded_setting(
        setting<&ClientSettings::is_public>("client_public", "false", "It has no secret: an app, or a page's script")),
    reloaded_setting(setting<&ClientSettings::first_party>("client_first_party", "false",
                                                           "It is ours: people are not asked whether it may")),
    reloaded_setting(setting<&ClientSettings::needs_pkce>("client_pkce", "true",
                                                          "false: it cannot do PKCE; not for public clients")),
    reloaded_setting(setting<&ClientSettings::grants>(
        "client_grants", "", "The grant types that it may use; else authorization_code and refresh_token")),
    reloaded_setting(setting<&ClientSettings::scopes>(
        "client_scopes", "", "The scopes that it may ask for; else openid, profile, email and offline_access")),
    reloaded_setting(setting<&ClientSettings::jwks_uri>(
        "client_jwks_uri", "", "Where it publishes its keys, by which it proves itself instead of a secret")),
    reloaded_setting(setting<&ClientSettings::post_logout_redirect_uris>("client_post_logout_redirect_uris", "",
                                                                         "Where people are sent after a log-out")),
    reloaded_setting(setting<&ClientSettings::backchannel_logout_uri>("client_backchannel_logout_uri", "",
                                                                      "What is told of the end of a session")),
    reloaded_setting(setting<&ClientSettings::id_token_algorithm>(
        "client_id_token_algorithm", "", "What its ID tokens are signed by, RS256 or ES256; else RS256")),
    reloaded_setting(setting<&ClientSettings::userinfo_algorithm>(
        "client_userinfo_algorithm", "", "What /oauth/userinfo is signed by for it; else it is JSON")),
};

const Section& client_section();

// Refused: configuration, for an empty id and for a secret of less than 16 characters, which nobody types.
Result<> check_client_secret(std::string_view id, std::string_view secret);

// Brings the rows of the registered ones to what their tables say; all others stay as they are, also those whose table
// is gone. Refused: validation_failed, with the client's id, for what client_section() refuses too. Throws Unavailable.
Result<> declare_clients(RegisteredClients& clients, std::span<const ClientSettings> tables);

}  // namespace keyhold::domain
