// SPDX-License-Identifier: Apache-2.0
// What `keyhold dev` greets its user with.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.hpp"
#include "server/settings.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {

void show_banner(std::ostream& err, const server::Settings& settings, const server::SigningKeys& keys, Time now,
                 const std::string& url, const std::string& admin);

}  // namespace keyhold::cli
