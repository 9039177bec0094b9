// keyhold token issue: a token under the server's key or that of a file.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <ostream>

#include "app/commands/token.hpp"
#include "app/token_keys.hpp"
#include "base/id.hpp"
#include "base/integer.hpp"
#include "crypto/random.hpp"

namespace keyhold::app {
namespace {

Error usage(std::string what) { return Error(Errc::validation_failed, std::move(what)); }

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr std::array units{Unit{'s', 1}, Unit{'m', 60}, Unit{'h', 60L * 60}, Unit{'d', 24L * 60 * 60}};

// "30m"; a bare number is seconds. At most ten years.
std::optional<std::chrono::seconds> read_duration(std::string_view text) {
    const auto* const unit = std::ranges::find_if(units, [&](const Unit& one) { return text.ends_with(one.letter); });
    if (unit != units.end()) text.remove_suffix(1);
    const std::int64_t seconds = unit != units.end() ? unit->seconds : 1;
    constexpr std::int64_t ten_years = 10LL * 366 * 24 * 60 * 60;
    const auto count = parse_integer<std::int64_t>(text);
    if (!count || *count <= 0 || *count > ten_years / seconds) return std::nullopt;
    return std::chrono::seconds(*count * seconds);
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

void add_token_issue_command(CLI::App& token_group, Context& context) {
    CLI::App* issuing = add_command(token_group, "issue", "Issue a token under the server's key or one of yours",
                                    "keyhold token issue --sub alice --lifetime 30m");
    auto options = std::make_shared<IssueOptions>();
    issuing->add_option("--sub", options->subject, "Whom it stands for (the sub claim)");
    issuing->add_option("--claims", options->claims, "More claims, as a JSON object; they win over ours");
    issuing->add_option("--lifetime", options->lifetime, "How long it is valid: 90s, 30m, 12h, 7d");
    issuing->add_option("--typ", options->typ, "The header's typ (JWT, at+jwt)");
    add_now_option(*issuing, options->now);
    add_key_options(*issuing, options->keys);
    issuing->callback([&context, options] { issue(context, *options); });
}

}  // namespace keyhold::app
