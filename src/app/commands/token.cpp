// keyhold token issue|inspect|verify. Keys come from files or from the settings, tokens from standard input.
#include <charconv>
#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>

#include "app/commands/context.hpp"
#include "app/token_inspect.hpp"
#include "app/token_keys.hpp"
#include "app/token_life.hpp"
#include "app/token_lines.hpp"
#include "base/id.hpp"
#include "crypto/random.hpp"
#include "jose/jwt.hpp"

namespace keyhold::app {
namespace {

Error usage(std::string what) { return Error(Errc::validation_failed, std::move(what)); }

std::optional<std::int64_t> read_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

// "30m": seconds, minutes, hours or days; a bare number is seconds. At most ten years.
std::optional<std::chrono::seconds> read_duration(std::string_view text) {
    std::int64_t unit = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'd':
                unit *= 24;
                [[fallthrough]];
            case 'h':
                unit *= 60;
                [[fallthrough]];
            case 'm':
                unit *= 60;
                [[fallthrough]];
            case 's':
                text.remove_suffix(1);
                break;
            default:
                break;
        }
    }
    constexpr std::int64_t ten_years = 10LL * 366 * 24 * 60 * 60;
    const auto count = read_integer(text);
    if (!count || *count <= 0 || *count > ten_years / unit) return std::nullopt;
    return std::chrono::seconds(*count * unit);
}

// --now, in seconds since 1970; otherwise the system's time. Within the years that a 4-digit year can show.
Result<Time> read_now(const std::string& text) {
    if (text.empty()) return SystemClock().now();
    const auto seconds = read_integer(text);
    if (!seconds || *seconds < 0 || *seconds > 253402300799) return usage("--now takes seconds since 1970");
    return Time(std::chrono::seconds(*seconds));
}

// For tokens of anybody's: a plain JWS has no `exp`, though it counts where it stands, and `aud` is for others to look
// at. The issuer is the one of the flag.
jose::Expectations expectations_of_a_tool(const Context& context) {
    jose::Expectations expectations;
    expectations.expiry_required = false;
    expectations.audience_ignored = true;
    if (const auto issuer = context.sources.flags.find("issuer"); issuer != context.sources.flags.end())
        expectations.issuer = issuer->second;
    return expectations;
}

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

struct InspectOptions {
    KeyChoice keys;
    std::string file, now;
};

// What Knowledge refers to.
struct Known {
    std::optional<jose::KeySet> keys;
    jose::Expectations under_secret;
    store::Stores stores;
};

// Sessions and retired keys are in the database, if there is one.
void ask_database(Knowledge& knowledge, Known& known, const Settings& settings, Time now) {
    if (!has_database(settings)) return;
    auto stores = store::open_stores(settings.database_url, {.connections = 1});
    if (!stores) return;
    known.stores = std::move(*stores);
    knowledge.why_not_live = [&known, now](const json::Value& claims) {
        return why_not_live(known.stores, claims, now);
    };
    knowledge.what_became_of_key = [&known, now](std::string_view kid) {
        return what_became_of_key(known.stores, kid, now);
    };
}

// What the server would say: of its own keys' tokens by its own rules, of others' by those of `verify`.
Result<Knowledge> knowledge_of(Context& context, const KeyChoice& choice, Known& known, Time now) {
    std::optional<jose::KeySet>& keys = known.keys;
    Knowledge knowledge;
    knowledge.expectations = expectations_of_a_tool(context);
    auto found = find_keys(context, choice);
    if (!found && (choice.names_a_file() || !choice.alg.empty())) return std::move(found).error();
    if (!found) {  // a look at the token does not need the server's keys
        context.err << "keyhold: " << found.error().detail() << '\n';
        return knowledge;
    }
    keys = std::move(*found);
    if (!keys) return knowledge;
    knowledge.keys = &*keys;
    if (choice.names_a_file()) return knowledge;
    auto loaded = load_settings(Mode::dev, context.sources);
    if (!loaded) return std::move(loaded).error();
    knowledge.expectations = {};
    knowledge.expectations.issuer = loaded->settings.issuer;
    knowledge.expectations.audience_ignored = true;  // by which URL the server is reached is not known here
    known.under_secret = knowledge.expectations;
    knowledge.expectations.under_secret = &known.under_secret;
    knowledge.expectations.type = "at+jwt";  // RFC 9068 §4; the tutorial's tokens say JWT
    ask_database(knowledge, known, loaded->settings, now);
    return knowledge;
}

void inspect(Context& context, const InspectOptions& options) {
    const auto now = read_now(options.now);
    if (!now) return context.fail(now.error());
    Known known;
    const auto knowledge = knowledge_of(context, options.keys, known, *now);
    if (!knowledge) return context.fail(knowledge.error());
    std::ifstream file;
    if (!options.file.empty()) {
        file.open(options.file, std::ios::binary);
        if (!file) return context.fail(Error(Errc::configuration, "cannot read " + options.file));
    }
    std::string token;
    if (!read_line(options.file.empty() ? context.in : file, token)) return context.fail(usage("no token was given"));
    const auto inspected = inspect_token(token, *knowledge, *now);
    if (!inspected) return context.fail(inspected.error());
    write_inspected(context.out, *inspected, context.json ? Format::json : Format::text);
}

struct IssueOptions {
    KeyChoice keys;
    std::string subject, claims = "{}", lifetime = "30m", typ = "JWT", now;
};

// The claims of our own unless `extra` has them, then all of `extra`.
std::string write_claims(const IssueOptions& options, const json::Value& extra, const std::string& issuer, Time now,
                         std::chrono::seconds lifetime) {
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    const auto ours = [&](const char* name, const auto& value) {
        if (!extra.find(name)) writer.member(name, value);
    };
    const std::int64_t issued_at = now.time_since_epoch().count();
    crypto::SystemRandom random;
    if (!options.subject.empty()) writer.member("sub", options.subject);
    if (!issuer.empty()) ours("iss", issuer);
    ours("iat", issued_at);
    ours("exp", issued_at + lifetime.count());
    ours("jti", make_id(now, random));
    for (auto claim = extra.first(); claim; claim = claim->next()) {
        std::string value;
        json::append_value(value, *claim);
        writer.name(claim->name());
        writer.raw(value);
    }
    writer.end_object();
    return claims;
}

void issue(Context& context, const IssueOptions& options) {
    const auto now = read_now(options.now);
    if (!now) return context.fail(now.error());
    const auto lifetime = read_duration(options.lifetime);
    if (!lifetime) return context.fail(usage("--lifetime takes a number and s, m, h or d, as in 30m"));
    json::Document document;
    const auto extra = document.parse(options.claims);
    if (!extra || !extra->is_object())
        return context.fail(usage("--claims takes a JSON object without duplicate names"));
    if (!options.subject.empty() && extra->find("sub")) return context.fail(usage("sub is in --sub and in --claims"));
    const auto loaded = context.settings(Mode::dev);
    if (!loaded) return;
    const auto keys = read_keys(context, options.keys);
    if (!keys) return context.fail(keys.error());
    if (!keys->signing().can_sign()) return context.fail(Error(Errc::key_malformed, "this key has no private half"));
    const std::string claims = write_claims(options, *extra, loaded->settings.issuer, *now, *lifetime);
    const std::string token = jose::issue(claims, keys->signing(), options.typ);
    if (!context.json) {
        context.out << token << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("access_token", token);
    writer.member("token_type", "bearer");
    writer.name("claims");
    writer.raw(claims);
    writer.end_object();
    context.out << line << '\n';
}

}  // namespace

void add_token_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "token", "Issue, inspect and verify tokens", "keyhold token issue --sub alice");
    group->require_subcommand(1);

    CLI::App* verifying = add_command(
        *group, "verify",
        "Verify the tokens (or JWS) on standard input, one in a line, and answer each by a "
        "line:\n`ok CLAIMS`, `ok PAYLOAD` in base64url if there are no claims, or `refused "
        "CODE: WHY`.\nExit code 8 if any was refused; under a key that cannot be used all of them are, and the "
        "exit code says so. --issuer and --audience are checked "
        "where given.",
        "keyhold token verify --jwks keys.json < tokens.txt");
    auto verify_options = std::make_shared<VerifyOptions>();
    add_key_options(*verifying, verify_options->keys);
    verifying->add_option("--audience", verify_options->audience, "Only tokens for this audience (aud)");
    verifying->add_option("--now", verify_options->now, "Pretend that it is this time, in seconds since 1970");
    verifying->callback([&context, verify_options] { verify_tokens(context, *verify_options); });

    CLI::App* inspecting = add_command(*group, "inspect",
                                       "Show the header and the claims of the token on standard input, and say in "
                                       "one sentence why it is refused.\nIts signature is checked by the keys that are "
                                       "named, or by the server's own.",
                                       "keyhold token inspect < token.txt");
    auto inspect_options = std::make_shared<InspectOptions>();
    add_key_options(*inspecting, inspect_options->keys);
    inspecting->add_option("--file", inspect_options->file, "Read the token from this file")->type_name("FILE");
    inspecting->add_option("--now", inspect_options->now, "Pretend that it is this time, in seconds since 1970");
    inspecting->callback([&context, inspect_options] { inspect(context, *inspect_options); });

    CLI::App* issuing = add_command(*group, "issue", "Issue a token under the server's key or one of yours",
                                    "keyhold token issue --sub alice --lifetime 30m");
    auto issue_options = std::make_shared<IssueOptions>();
    issuing->add_option("--sub", issue_options->subject, "Whom it stands for (the sub claim)");
    issuing->add_option("--claims", issue_options->claims, "More claims, as a JSON object; they win over ours");
    issuing->add_option("--lifetime", issue_options->lifetime, "How long it is valid: 90s, 30m, 12h, 7d");
    issuing->add_option("--typ", issue_options->typ, "The header's typ (JWT, at+jwt)");
    issuing->add_option("--now", issue_options->now, "Pretend that it is this time, in seconds since 1970");
    add_key_options(*issuing, issue_options->keys);
    issuing->callback([&context, issue_options] { issue(context, *issue_options); });
}

}  // namespace keyhold::app
