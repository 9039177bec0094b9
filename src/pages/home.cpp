// SPDX-License-Identifier: Apache-2.0
// GET /: what this is, for whoever opens it in a browser.
#include "domain/errors.hpp"
#include "http/connection/accept.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// A program that asks for `/` is told what the tutorial's service tells it: there is nothing.
Result<Answer> home(const Visit& visit) {
    if (!http::wants_page(visit.request())) return errors::not_found;
    const Site& site = visit.site();
    return visit.show("home", {{"development", site.development},
                               {"origin", site.development ? origin_of(visit.request()) : std::string()},
                               {"has_inbox", site.has_inbox},
                               {"may_sign_up", site.registration != domain::RegistrationPolicy::closed}});
}

}  // namespace

void add_home_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/", page_route("What this is", http::On::looking_up), home);
}

}  // namespace keyhold::pages
