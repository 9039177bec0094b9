// SPDX-License-Identifier: Apache-2.0
// What programs look for at addresses that are agreed on: password managers, crawlers, people who found a hole.
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/site.hpp"

namespace keyhold::pages {
namespace {

// GET /.well-known/change-password (W3C, "A Well-Known URL for Changing Passwords").
http::Redirect change_password(const http::Request& request) {
    return {.location = reference(request.path, "/account/password"), .status = 303};
}

// GET /robots.txt (RFC 9309): nothing here is for search engines.
std::string robots() { return "User-agent: *\nDisallow: /\n"; }

// GET /.well-known/security.txt (RFC 9116), where the operator has said whom to tell. §2.5.5 recommends an end of
// less than a year; it is counted from each answer on, so a server that nobody looks after any more says nothing in
// the end.
Result<std::string> security(const Site& site) {
    if (site.settings.security_contact.empty()) return errors::not_found;
    std::string text;
    for (const std::string& contact : site.settings.security_contact)
        text.append("Contact: ").append(contact).append("\n");
    constexpr std::chrono::days good_for{180};
    return text.append("Expires: ").append(rfc3339(site.clock.now() + good_for)).append("\n");
}

}  // namespace

void add_well_known_routes(http::Mount& mount) {
    constexpr auto get = http::Method::get;
    constexpr auto io = http::On::io;
    mount.add(get, "/.well-known/change-password", page_route("Where the password is changed", io), change_password);
    mount.add(get, "/.well-known/security.txt", page_route("Whom to tell of a hole", io), security);
    mount.add(get, "/robots.txt", page_route("What crawlers may read", io), robots);
}

}  // namespace keyhold::pages
