// SPDX-License-Identifier: Apache-2.0
// Cookie mode: the tokens of a browser front end on our own origin, where no script can read them.
//
// `__Host-` (RFC 6265bis §4.1.3.2) ties a cookie to this host and to HTTPS; browsers take localhost for safe. SameSite
// keeps it from other sites' forms; what remains is refused by refuse_other_sites() for everything that is not a mere
// look.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/cookies.hpp"
#include "http/message.hpp"

namespace keyhold::api {

using http::find_cookie;

inline constexpr std::string_view access_cookie = "__Host-keyhold";
inline constexpr std::string_view refresh_cookie = "__Host-keyhold-refresh";
inline constexpr std::string_view device_cookie = "__Host-keyhold-device";  // stays when one logs out
inline constexpr std::chrono::days device_cookie_age{400};                  // the most that browsers keep (RFC 6265bis)

// The field value that sets it, or with an age of zero deletes it.
std::string set_cookie(std::string_view name, std::string_view value, std::chrono::seconds age);

// Refuses cross_site if a request that may change something was not sent by a page of this origin (http/sender.hpp).
// The dispatcher has refused pages of others already; here cookies are at stake, so pages of listed origins are refused
// too, and who says nothing of himself.
Result<> refuse_other_sites(const http::Request& request);

}  // namespace keyhold::api
