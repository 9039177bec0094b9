// SPDX-License-Identifier: Apache-2.0
// What a person is told where a program gets problem details.
#pragma once

#include "http/problem.hpp"
#include "http/services.hpp"
#include "pages/site.hpp"

namespace keyhold::pages {

// On a page that wants somebody signed in: the way to /sign-in and back, or by /account/renew where only the access
// cookie has run out. Otherwise a page for whoever would rather have one (http/connection/accept.hpp), problem details
// for everybody else; the same status and fields either way.
void refuse_as_page(http::Response& response, const Error& error, const http::Request& request, const Site& site);

// The same as the refusal of a Mount of pages. Site is among the services, and outlives the routes.
http::Refuse page_refusal(const http::Services& services);

}  // namespace keyhold::pages
