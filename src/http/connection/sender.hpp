// SPDX-License-Identifier: Apache-2.0
// Which page made a browser send a request: what stands against pages of others that use our visitors' browsers (CSRF).
#pragma once

#include <cstdint>

#include "http/message.hpp"

namespace keyhold::http {

enum class Sender : std::uint8_t {
    nobody_says,  // no browser sends a form or a fetch() like that: a program, which an attacker could write too
    own_page,     // a page of our own origin, or the user by hand
    other_page,   // a page of another origin, also of our own site; or one that no origin is named for
};

// By Sec-Fetch-Site (Fetch Metadata §2.3), which no page can write; browsers send it over HTTPS and to localhost. In
// its absence by Origin (RFC 6454 §7), which is ours if it names the host that was asked for. The scheme is not
// compared, as a proxy may end TLS.
Sender sender_of(const Request& request);

}  // namespace keyhold::http
