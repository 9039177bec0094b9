// SPDX-License-Identifier: Apache-2.0
#include "api/routes.hpp"

namespace keyhold::api {

void add_routes(http::Mount& mount) {
    add_account_routes(mount);
    add_session_routes(mount);
    add_protected_routes(mount);
    add_key_routes(mount);
    add_docs_routes(mount);
}

std::string describe(const http::Routes& routes, std::string_view title, std::string_view version) {
    return http::openapi_document({.title = std::string(title),
                                   .version = std::string(version),
                                   .description = "Register, log in, send the token, reach a protected route.",
                                   .token_url = "login",
                                   .refresh_url = "refresh"},
                                  routes.operations());
}

}  // namespace keyhold::api
