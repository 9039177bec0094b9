// SPDX-License-Identifier: Apache-2.0
// The listener of those who run the server: /livez, /readyz, /metrics. Nothing of it is on a public address.
#pragma once

#include "http/route.hpp"

namespace keyhold::server {

// Leans on a `const Health` and a `const Metrics`.
void add_admin_routes(http::Routes& routes, const http::Services& services);

}  // namespace keyhold::server
