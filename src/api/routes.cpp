// SPDX-License-Identifier: Apache-2.0
#include "api/routes.hpp"

#include <array>
#include <utility>
#include <vector>

#include "domain/accounts/roles.hpp"

namespace keyhold::api {

void add_routes(http::Mount& mount) {
    add_account_routes(mount);
    add_session_routes(mount);
    add_application_routes(mount);
    add_recovery_routes(mount);
    add_key_routes(mount);
    add_docs_routes(mount);
}

void add_admin_routes(http::Mount& mount) {
    add_admin_user_routes(mount);
    add_admin_invitation_routes(mount);
    add_admin_access_routes(mount);
    add_admin_role_routes(mount);
    add_admin_event_routes(mount);
    add_admin_server_routes(mount);
    add_admin_backup_routes(mount);
    add_admin_client_routes(mount);
    add_admin_import_routes(mount);
}

namespace {

// The first text of /docs, in Markdown, for developers who see this server for the first time.
constexpr std::string_view how_to_begin =
    "Register, log in, send the token, reach a protected route.\n\n"
    "1. `POST /register` makes an account.\n"
    "2. `POST /login` answers an `access_token`.\n"
    "3. Send it as `Authorization: Bearer <access_token>` to `GET /protected`.\n"
    "4. When it has expired, `POST /refresh` exchanges the `refresh_token` for new ones.\n\n"
    "At [/docs](docs): press *Authorize*, type name and password, and try any route.\n\n"
    "What is refused is answered as problem details (RFC 9457); each `code` has [a page of its own](problems).";

// The groups of /docs, in this order. A route of another tag stands behind them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> tags{{
    {"accounts", "An account of one's own: making it, and what is known of the person."},
    {"sessions", "Logging in and out, refreshing, and the list of sessions."},
    {"protected", "What opens with a token."},
    {"recovery", "Mails with links and codes: a new password, an address, a log-in."},
    {"keys", "The public keys, for whoever verifies tokens elsewhere."},
    {"clients", "Whether a token is good, and taking one back: the paths of the tutorial."},
    {"oauth", "OAuth 2 and OpenID Connect: codes, tokens, devices and clients."},
    {"forward-auth", "For proxies that ask before they let a request pass."},
    {"admin", "People, sessions, roles, events and the server itself, for administrators."},
    {"docs", "This document, and the pages that show it."},
    {"development", "Of `keyhold dev` alone: the mails that would have been sent."},
    {"files", "Files of the program."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> scopes{{
    {domain::admin_scope, "Look after the server and its people"},
    {domain::support_scope, "Look at them, and change nothing"},
}};

}  // namespace

std::string describe(const http::Routes& routes, std::string_view title, std::string_view version,
                     std::string_view license) {
    return http::openapi_document({.title = std::string(title),
                                   .version = std::string(version),
                                   .description = std::string(how_to_begin),
                                   .token_url = "login",
                                   .refresh_url = "refresh",
                                   .license = std::string(license),
                                   .tags = {tags.begin(), tags.end()},
                                   .scopes = {scopes.begin(), scopes.end()}},
                                  routes.operations());
}

}  // namespace keyhold::api
