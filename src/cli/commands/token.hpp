// SPDX-License-Identifier: Apache-2.0
// What the subcommands of `keyhold token` share.
#pragma once

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "jose/jwt.hpp"

namespace keyhold::cli {

// --now, in seconds since 1970.
Parameter now_parameter();

// The time that --now named, otherwise the system's. Within the years that a 4-digit year can show. Refused:
// validation_failed.
Result<Time> read_now(const Values& values);

// For tokens of anybody's: a plain JWS has no `exp`, though it counts where it stands, and `aud` is for others to look
// at. The issuer is the one of the flag.
jose::Expectations expectations_of_a_tool(const Context& context);

}  // namespace keyhold::cli
