// SPDX-License-Identifier: Apache-2.0
// What `keyhold dev` greets its user with, and at a terminal `keyhold serve` too: how the first administrator gets in.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.hpp"
#include "server/components.hpp"
#include "server/settings/settings.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {

// `own_version`: Context::own_version.
void show_banner(std::ostream& err, const std::string& own_version, const server::Settings& settings,
                 const server::SigningKeys& keys, Time now, const std::string& url, const std::string& admin);

// Whether a person sees what is written to the error output, and no file keeps it.
bool is_terminal();

// Of a server that nobody administers: at a terminal a link that makes whoever opens it an administrator, elsewhere the
// command that does it, as the words may be kept in a log. Empty if there is an administrator.
std::string words_of_first_administrator(const server::Settings& settings, server::Components& components,
                                         const std::string& url);

}  // namespace keyhold::cli
