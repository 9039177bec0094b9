// SPDX-License-Identifier: Apache-2.0
// GET /: what this is, for whoever opens it in a browser.
#include "domain/errors.hpp"
#include "http/connection/accept.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// What the terminal was told, and how to begin.
void add_development(Values& values, const domain::Development& development, const http::Request& request) {
    std::vector<Values> warnings;
    for (const std::string& warning : development.warnings) warnings.push_back({{"sentence", warning}});
    values.insert(values.end(), {{"origin", origin_of(request)},
                                 {"database", development.database},
                                 {"algorithm", development.algorithm},
                                 {"has_own_keys", development.has_own_keys},
                                 {"admin_bind", development.admin_bind},
                                 {"password_min_length", std::to_string(development.password_min_length)},
                                 {"warnings", std::move(warnings)}});
}

// A program that asks for `/` is told what the tutorial's service tells it: there is nothing.
Result<Answer> home(const Visit& visit) {
    if (!http::wants_page(visit.request())) return errors::not_found;
    const Site& site = visit.site();
    Values values{{"has_inbox", site.has_inbox},
                  {"may_sign_up", site.registration != domain::RegistrationPolicy::closed},
                  {"development", site.development.has_value()}};
    if (site.development) add_development(values, *site.development, visit.request());
    return visit.show("home", std::move(values));
}

}  // namespace

void add_home_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/", page_route("What this is", http::On::looking_up), home);
}

}  // namespace keyhold::pages
