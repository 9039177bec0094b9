// SPDX-License-Identifier: Apache-2.0
// The cookies of whoever is signed in with a browser: the tokens of a session where no script can read them. Pages and
// the JSON API's cookie mode share them, so both know the same sessions.
//
// `__Host-` (RFC 6265bis §4.1.3.2) ties a cookie to this host and to HTTPS; browsers take localhost for safe. SameSite
// keeps it from other sites' forms; what remains is refused by refuse_other_sites() for everything that is not a mere
// look.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/cookies.hpp"
#include "http/message.hpp"

namespace keyhold::http {

inline constexpr std::string_view access_cookie = "__Host-keyhold";
inline constexpr std::string_view refresh_cookie = "__Host-keyhold-refresh";
inline constexpr std::string_view device_cookie = "__Host-keyhold-device";  // stays when one logs out
inline constexpr std::chrono::days device_cookie_age{400};                  // the most that browsers keep (RFC 6265bis)

// The field value that sets it, or with an age of zero deletes it. Without an age the browser keeps it until it is
// closed.
std::string set_cookie(std::string_view name, std::string_view value, std::optional<std::chrono::seconds> age);

// What a log-in or a refresh leaves in the browser.
// Ages are those of the tokens, so that a browser throws a cookie away when what it holds is over.
struct SessionCookies {
    std::string_view access_token;
    std::chrono::seconds access_age;
    std::string_view refresh_token;  // empty: the one that is there stays
    std::chrono::seconds refresh_age;
    std::string_view device_token;  // the same
};
// Values of Set-Cookie.
std::vector<std::string> set_session(const SessionCookies& cookies);
// Those of a session that is over.
// An expired cookie in place of each (RFC 6265 §3.1). The device's stays: it is not of the session, and the next log-in
// is better known by it.
std::vector<std::string> end_session_cookies();

// Whether the request changes nothing, as its method says (RFC 9110 §9.2.1).
inline bool only_looks(const Request& request) {
    return request.method == Method::get || request.method == Method::head;
}

// Refuses cross_site if a request that may change something was not sent by a page of this origin
// (http/connection/sender.hpp), or of one in cookie_origins. The dispatcher has refused pages of others already; here
// cookies are at stake, so pages of cors_origins are refused too, and who says nothing of himself.
Result<> refuse_other_sites(const Request& request);
// The same for forms of our own pages: no other page may send them, whatever is listed.
Result<> refuse_all_but_own_pages(const Request& request);

}  // namespace keyhold::http
