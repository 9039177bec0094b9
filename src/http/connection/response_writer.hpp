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
// The reason phrase is looked up by the status; one that nobody has registered is left empty, which RFC 9112 §4 allows.
// Fields of the response stand behind the ones that are always there; Content-Length is that of the whole body also for
// HEAD (RFC 9110 §9.3.2).
void append_response(std::string& out, const Response& response, const Framing& framing);

// Static text; empty for a status that has none here.
std::string_view reason_phrase(int status);

}  // namespace keyhold::http
