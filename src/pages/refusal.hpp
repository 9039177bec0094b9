// SPDX-License-Identifier: Apache-2.0
// What a person is told where a program gets problem details.
#pragma once

#include "http/problem.hpp"
#include "http/services.hpp"
#include "pages/site.hpp"

namespace keyhold::domain {
class Accounts;
class Sessions;
class Tokens;
}  // namespace keyhold::domain

namespace keyhold::pages {

// What refusals are made with: a service of the pages. The references must outlive it.
struct Refusals {
    const Site& site;
    domain::Tokens& tokens;
    domain::Sessions& sessions;
    domain::Accounts& accounts;
};

// On a page that wants somebody signed in: the way to /sign-in and back, or by /account/renew where only the access
// cookie has run out. A form that wants the password first, or whose session has ended: a page that asks for it and
// keeps the form. Otherwise a page for whoever would rather have one (http/connection/accept.hpp), problem details for
// everybody else; the same status and fields either way.
void refuse_as_page(http::Response& response, const Error& error, const http::Request& request, const Refusals& with);

// The same as the refusal of a Mount of pages. Refusals is among the services, and outlives the routes.
http::Refuse page_refusal(const http::Services& services);

}  // namespace keyhold::pages
