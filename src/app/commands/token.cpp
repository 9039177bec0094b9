// keyhold token issue|inspect|verify. Keys come from files or from the settings, tokens from standard input.
#include "app/commands/token.hpp"

#include <cstdint>

#include "base/integer.hpp"

namespace keyhold::app {

void add_now_option(CLI::App& command, std::string& now) {
    command.add_option("--now", now, "Pretend that it is this time, in seconds since 1970");
}

Result<Time> read_now(const std::string& now) {
    if (now.empty()) return SystemClock().now();
    const auto seconds = parse_integer<std::int64_t>(now);
    if (!seconds || *seconds < 0 || *seconds > 253402300799)
        return Error(Errc::validation_failed, "--now takes seconds since 1970");
    return Time(std::chrono::seconds(*seconds));
}

jose::Expectations expectations_of_a_tool(const Context& context) {
    jose::Expectations expectations;
    expectations.expiry_required = false;
    expectations.audience_ignored = true;
    if (const auto issuer = context.sources.flags.find("issuer"); issuer != context.sources.flags.end())
        expectations.issuer = issuer->second;
    return expectations;
}

void add_token_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "token", "Issue, inspect and verify tokens", "keyhold token issue --sub alice");
    group->require_subcommand(1);
    add_token_verify_command(*group, context);
    add_token_inspect_command(*group, context);
    add_token_issue_command(*group, context);
}

}  // namespace keyhold::app
