// What the subcommands of `keyhold token` share.
#pragma once

#include <string>

#include "app/commands/context.hpp"
#include "base/clock.hpp"
#include "jose/jwt.hpp"

namespace keyhold::app {

// --now, in seconds since 1970.
void add_now_option(CLI::App& command, std::string& now);

// The time that --now named, otherwise the system's. Within the years that a 4-digit year can show. Refused:
// validation_failed.
Result<Time> read_now(const std::string& now);

// For tokens of anybody's: a plain JWS has no `exp`, though it counts where it stands, and `aud` is for others to look
// at. The issuer is the one of the flag.
jose::Expectations expectations_of_a_tool(const Context& context);

void add_token_verify_command(CLI::App& token_group, Context& context);
void add_token_inspect_command(CLI::App& token_group, Context& context);
void add_token_issue_command(CLI::App& token_group, Context& context);

}  // namespace keyhold::app
