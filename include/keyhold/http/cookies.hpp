// SPDX-License-Identifier: Apache-2.0
// Cookies as a server reads them (RFC 6265 §5.4).
#pragma once

#include <optional>
#include <string_view>

#include "keyhold/http/message.hpp"

namespace keyhold::http {

// The value of the request's cookie of that name (RFC 6265 §5.4). Empty if there is none, or more than one: nobody can
// say which of them is ours.
// Names are compared with their case (RFC 6265 §4.1.2); the value is as it was sent, with its quotes if it has some.
std::optional<std::string_view> find_cookie(const Request& request, std::string_view name);

}  // namespace keyhold::http
