// SPDX-License-Identifier: Apache-2.0
// What the server refuses of a request before, or instead of, its handler.
#pragma once

#include "keyhold/base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow bad_request{400, Exit::failed, "bad_request", "Bad Request", "The request is not valid HTTP"};
inline constexpr ErrorRow method_not_allowed{405, Exit::failed, "method_not_allowed", "Method Not Allowed", "Method Not Allowed"};
inline constexpr ErrorRow request_timeout{408, Exit::failed, "request_timeout", "Request Timeout", "The request took too long to arrive"};
inline constexpr ErrorRow body_too_large{413, Exit::failed, "body_too_large", "Content Too Large", "The body is larger than 64 KiB"};
inline constexpr ErrorRow target_too_long{414, Exit::failed, "target_too_long", "URI Too Long", "The request target is longer than 8 KiB"};
inline constexpr ErrorRow unsupported_media_type{415, Exit::failed, "unsupported_media_type", "Unsupported Media Type", "This media type is not understood here"};
inline constexpr ErrorRow expectation_failed{417, Exit::failed, "expectation_failed", "Expectation Failed", "Only 'Expect: 100-continue' is understood"};
inline constexpr ErrorRow misdirected{421, Exit::failed, "misdirected_request", "Misdirected Request", "This name is not answered for here; ask for localhost or an address"};
inline constexpr ErrorRow credentials_in_query{422, Exit::usage, "credentials_in_query", "Unprocessable Content", "Credentials do not belong in a URL", "invalid_request"};
inline constexpr ErrorRow head_too_large{431, Exit::failed, "head_too_large", "Request Header Fields Too Large", "The request's head is larger than 16 KiB"};
inline constexpr ErrorRow not_implemented{501, Exit::failed, "not_implemented", "Not Implemented", "This transfer coding is not understood"};
inline constexpr ErrorRow version_not_supported{505, Exit::failed, "version_not_supported", "HTTP Version Not Supported", "Only HTTP/1.0 and HTTP/1.1 are understood"};
inline constexpr ErrorRow overloaded{503, Exit::unreachable, "overloaded", "Service Unavailable", "Too many log-ins are waiting; try again shortly", "temporarily_unavailable"};
inline constexpr ErrorRow busy{503, Exit::unreachable, "busy", "Service Unavailable", "The server is busy; try again shortly"};
inline constexpr ErrorRow too_many_connections{503, Exit::unreachable, "too_many_connections", "Service Unavailable", "The server has as many connections as it can serve; try again shortly", "temporarily_unavailable"};
inline constexpr ErrorRow too_many_of_address{429, Exit::unreachable, "too_many_connections_of_address", "Too Many Requests", "There are too many connections from this address; close some, or use them for more than one request", "temporarily_unavailable"};
inline constexpr ErrorRow cross_site{403, Exit::not_allowed, "cross_site_request", "Forbidden", "A page of another site cannot do this with your cookie"};
// clang-format on

}  // namespace keyhold::errors
