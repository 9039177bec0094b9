// SPDX-License-Identifier: Apache-2.0
#include "api/routes.hpp"

namespace keyhold::api {

void add_routes(http::Mount& mount) {
    add_account_routes(mount);
    add_session_routes(mount);
    add_recovery_routes(mount);
    add_key_routes(mount);
    add_admin_user_routes(mount);
    add_admin_role_routes(mount);
    add_admin_event_routes(mount);
    add_admin_server_routes(mount);
    add_docs_routes(mount);
}

namespace {

// Markdown: what a newcomer reads first.
constexpr std::string_view how_to_begin =
    "Register, log in, send the token, reach a protected route.\n\n"
    "1. `POST /register` makes an account.\n"
    "2. `POST /login` answers an `access_token`.\n"
    "3. Send it as `Authorization: Bearer <access_token>` to `GET /protected`.\n"
    "4. When it has expired, `POST /refresh` exchanges the `refresh_token` for new ones.\n\n"
    "On this page: press *Authorize*, type name and password, and try any route. The other fields there may stay "
    "empty.\n\n"
    "What is refused is answered as problem details (RFC 9457); each `code` has [a page of its own](problems).";

}  // namespace

std::string describe(const http::Routes& routes, std::string_view title, std::string_view version) {
    return http::openapi_document({.title = std::string(title),
                                   .version = std::string(version),
                                   .description = std::string(how_to_begin),
                                   .token_url = "login",
                                   .refresh_url = "refresh"},
                                  routes.operations());
}

}  // namespace keyhold::api
