// SPDX-License-Identifier: Apache-2.0
// Responses to bytes (RFC 9112 §4 to §6), straight into an output buffer.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace keyhold::http {

// What the connection adds to a response's own fields.
struct Framing {
    std::string_view date;  // IMF-fixdate (RFC 9110 §5.6.7)
    std::string_view request_id;
    bool keep_alive = true;
    bool http_1_0 = false;
    bool head = false;  // the request was HEAD: everything but the body
};

// Appends status line, fields and the body, but not static_body: that is sent from where it lies.
void append_response(std::string& out, const Response& response, const Framing& framing);

std::string_view reason_phrase(int status);

}  // namespace keyhold::http
