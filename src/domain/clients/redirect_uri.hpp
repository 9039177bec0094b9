// SPDX-License-Identifier: Apache-2.0
// Where an answer may be sent: the redirect URIs of clients (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace keyhold::domain {

// Whether a client may register it: https; http to this machine alone (127.0.0.1, [::1], localhost); or a scheme of an
// app's own, which has a dot in it as the reversed domain name that it should be (RFC 8252 §7.1), so that it is no
// "javascript:". Refused (validation_failed, with the reason): a fragment, a name or password, white space, controls,
// what is not ASCII, '\\', '*', '.' or '..' as a segment, also when encoded, over 1 KiB. The reason begins with `what`,
// which is another member's name where the same is asked of other addresses.
Result<> check_redirect_uri(std::string_view uri, std::string_view what = "redirect URI");

// Whether its host is the name localhost, in any case.
bool is_at_localhost(std::string_view uri);

// Whether `given` is one of those that were registered, which are separated by spaces: the same text (RFC 9700 §4.1.3).
// At a loopback address (127.0.0.1, [::1], but not localhost: RFC 8252 §8.3) the port is free (RFC 8252 §7.3).
bool is_registered_redirect_uri(std::string_view registered, std::string_view given);

}  // namespace keyhold::domain
