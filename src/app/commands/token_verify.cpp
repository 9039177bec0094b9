// keyhold token verify: the tokens on standard input, one in a line, and a line of answer to each.
#include <memory>

#include "app/commands/token.hpp"
#include "app/token_keys.hpp"
#include "app/token_lines.hpp"

namespace keyhold::app {
namespace {

struct VerifyOptions {
    KeyChoice keys;
    std::string now, audience;
};

void verify_tokens(Context& context, const VerifyOptions& options) {
    const auto now = read_now(options.now);
    if (!now) return context.fail(now.error());
    const Format format = context.json ? Format::json : Format::text;
    const auto keys = read_keys(context, options.keys);
    if (!keys) {
        context.fail(keys.error());
        // Whoever pairs answers with lines stays in step: a key that cannot be used verifies nothing.
        if (keys.error().errc() == Errc::key_malformed || keys.error().errc() == Errc::key_weak)
            refuse_lines(context.in, context.out, keys.error(), format);
        return;
    }
    jose::Expectations expectations = expectations_of_a_tool(context);
    expectations.audience = options.audience;
    expectations.audience_ignored = options.audience.empty();
    if (verify_lines(context.in, context.out, *keys, expectations, *now, format) != 0)
        context.exit = Exit::problems_found;
}

}  // namespace

void add_token_verify_command(CLI::App& token_group, Context& context) {
    CLI::App* verifying = add_command(
        token_group, "verify",
        "Verify the tokens (or JWS) on standard input, one in a line, and answer each by a "
        "line:\n`ok CLAIMS`, `ok PAYLOAD` in base64url if there are no claims, or `refused "
        "CODE: WHY`.\nExit code 8 if any was refused; under a key that cannot be used all of them are, and the "
        "exit code says so. --issuer and --audience are checked "
        "where given.",
        "keyhold token verify --jwks keys.json < tokens.txt");
    auto options = std::make_shared<VerifyOptions>();
    add_key_options(*verifying, options->keys);
    verifying->add_option("--audience", options->audience, "Only tokens for this audience (aud)");
    add_now_option(*verifying, options->now);
    verifying->callback([&context, options] { verify_tokens(context, *options); });
}

}  // namespace keyhold::app
