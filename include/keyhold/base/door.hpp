// SPDX-License-Identifier: Apache-2.0
// By which way what is done here came in, for the log of events: a route says it of itself (http/route.hpp).
#pragma once

#include <cstdint>

namespace keyhold {

enum class Door : std::uint8_t {
    server,   // nobody asked: the server looks after what is due
    command,  // the command line
    api,      // the JSON API
    oauth,    // the endpoints of OAuth clients
    page,     // a form in a browser
    admin,    // the administrators' API and pages
};

}  // namespace keyhold
