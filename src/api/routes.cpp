#include "api/routes.hpp"

namespace keyhold::api {

void add_routes(http::Routes& routes, const http::Services& services) {
    http::Mount mount(routes, services);
    add_account_routes(mount);
    add_session_routes(mount);
    add_protected_routes(mount);
    add_key_routes(mount);
    add_docs_routes(mount);
}

void write_document(const http::Routes& routes, OpenApiDocument& document, std::string_view version) {
    document.json = http::openapi_document({.title = "Keyhold",
                                            .version = std::string(version),
                                            .description = "Register, log in, send the token, reach a protected route.",
                                            .token_url = "login",
                                            .refresh_url = "refresh"},
                                           routes.operations());
}

}  // namespace keyhold::api
