// SPDX-License-Identifier: Apache-2.0
// Whoever watches /admin/events while things happen: the server wakes them when the chain of events has grown.
#pragma once

#include <string>

#include "http/connection/wait_list.hpp"
#include "http/route.hpp"

namespace keyhold::pages {

struct LiveEvents {
    http::WaitList watchers{100};  // administrators are few; others load the page again
};

// Server-sent events (WHATWG HTML §9.2).
struct EventStream {
    std::string body;
};

}  // namespace keyhold::pages

namespace keyhold::http {

template <>
struct Respond<pages::EventStream> {
    static void write(Response& response, const pages::EventStream& stream) {
        response.media_type = "text/event-stream";
        response.body = stream.body;
    }
    static void describe(Operation& operation) { operation.response_media = "text/event-stream"; }
};

}  // namespace keyhold::http
