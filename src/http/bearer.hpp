// SPDX-License-Identifier: Apache-2.0
// The bearer token of a request (RFC 6750 §2.1).
#pragma once

#include "base/bearer.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// As keyhold::bearer_token() says: nothing without a field of that scheme, an empty text for what is malformed. So are
// two fields, of whatever scheme (RFC 9110 §5.3): nobody can say which one a proxy looked at.
inline std::optional<std::string_view> bearer_token(const Request& request) {
    const auto field = request.find("Authorization");
    if (!field) return std::nullopt;
    return request.count("Authorization") == 1 ? keyhold::bearer_token(*field) : std::string_view();
}

}  // namespace keyhold::http
