// SPDX-License-Identifier: Apache-2.0
// GET /: what this is, for whoever opens it in a browser.
#include <algorithm>

#include "http/accept.hpp"
#include "pages/refusal.hpp"
#include "pages/render.hpp"
#include "pages/routes.hpp"

namespace keyhold::pages {
namespace {

// A program that asks for `/` is told what the tutorial's service tells it: there is nothing.
Result<http::Html> home(const http::Request& request, const Site& site) {
    if (!http::wants_page(request)) return errors::not_found;
    return http::Html{
        render("home", request.path, {{"title", std::string("Keyhold")}, {"development", site.development}})};
}

}  // namespace

void add_routes(http::Routes& routes, const http::Services& services) {
    http::Mount mount(routes, services, refuse_as_page, "/");
    const bool is_there = std::ranges::any_of(routes.all(), [](const http::Route* route) {
        return route->operation.path == "/" && route->operation.method == http::Method::get;
    });
    if (is_there) return;
    mount.add(http::Method::get, "/",
              {.summary = "What this is", .tag = "pages", .no_store = true, .documented = false}, home);
}

}  // namespace keyhold::pages
