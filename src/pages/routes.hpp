// SPDX-License-Identifier: Apache-2.0
// The pages of this server.
#pragma once

#include "http/route.hpp"

namespace keyhold::pages {

// A service: what the pages say of this server.
struct Site {
    bool development = false;  // it runs as `keyhold dev`
};

// GET /, unless a program has one of its own, and how whatever is not there is refused: as a page for people. Site is
// among the services.
void add_routes(http::Routes& routes, const http::Services& services);

}  // namespace keyhold::pages
