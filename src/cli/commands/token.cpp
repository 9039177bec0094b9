// SPDX-License-Identifier: Apache-2.0
// keyhold token issue|inspect|verify. Keys come from files or from the settings, tokens from standard input.
#include "cli/commands/token.hpp"

#include <cstdint>

#include "base/integer.hpp"
#include "cli/program.hpp"
#include "cli/tools/token_keys.hpp"
#include "cli/tools/token_lines.hpp"
#include "jose/errors.hpp"

namespace keyhold::cli {

Parameter now_parameter() { return {.name = "--now", .help = "Pretend that it is this time, in seconds since 1970"}; }

// Refused: validation_failed.
Result<Time> read_now(const Values& values) {
    const std::string& now = values.text("--now");
    if (now.empty()) return SystemClock().now();
    const auto seconds = parse_integer<std::int64_t>(now);
    // The last second of the year 9999, behind which no time can be written (RFC 3339 §1).
    if (!seconds || *seconds < 0 || *seconds > 253402300799)
        return Error(errors::validation_failed, "--now takes seconds since 1970");
    return Time(std::chrono::seconds(*seconds));
}

// What a look at a token does not demand, because a stranger's token may be right without it: an end, and an
// audience, which here nobody is. The issuer is checked only where a flag names it, not as the settings have it.
jose::Expectations expectations_of_a_tool(const Context& context) {
    jose::Expectations expectations;
    expectations.expiry_required = false;
    expectations.audience_ignored = true;
    if (const auto issuer = context.sources.flags.find("issuer"); issuer != context.sources.flags.end())
        expectations.issuer = issuer->second;
    return expectations;
}

namespace {

// The tokens on standard input, one in a line, and a line of answer to each.
void verify_tokens(Context& context, const Values& values) {
    const auto now = read_now(values);
    if (!now) return context.fail(now.error());
    const Format format = context.json ? Format::json : Format::text;
    const auto keys = read_keys(context, key_choice(values));
    if (!keys) {
        context.fail(keys.error());
        // If the key cannot be used, each line still gets its answer, so that a program that pairs lines with answers
        // stays in step.
        if (keys.error().errc() == errors::key_malformed || keys.error().errc() == errors::key_weak)
            refuse_lines(context.in, context.out, keys.error(), format);
        return;
    }
    jose::Expectations expectations = expectations_of_a_tool(context);
    expectations.audience = values.text("--audience");
    expectations.audience_ignored = expectations.audience.empty();
    if (verify_lines(context.in, context.out, *keys, expectations, *now, format) != 0)
        context.exit = Exit::problems_found;
}

Command verify_command() {
    Command command{.name = "verify",
                    .about =
                        "Verify the tokens (or JWS) on standard input, one in a line, and answer each by a line:\n"
                        "`ok CLAIMS`, `ok PAYLOAD` in base64url if there are no claims, or `refused CODE: WHY`.\n"
                        "Exit code 8 if any was refused; under a key that cannot be used all of them are, and the exit "
                        "code says so. --issuer and --audience are checked where given.",
                    .example = "keyhold token verify --jwks keys.json < tokens.txt",
                    .parameters = key_parameters(),
                    .run = verify_tokens};
    command.parameters.push_back({.name = "--audience", .help = "Only tokens for this audience (aud)"});
    command.parameters.push_back(now_parameter());
    return command;
}

}  // namespace

Command token_command() {
    return {.name = "token",
            .about = "Issue, inspect and verify tokens",
            .example = "keyhold token issue --sub alice",
            .reads = {server::Topic::database, server::Topic::keys},
            .commands = {verify_command(), token_inspect_command(), token_issue_command()}};
}

}  // namespace keyhold::cli
