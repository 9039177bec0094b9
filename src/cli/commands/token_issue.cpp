// SPDX-License-Identifier: Apache-2.0
// keyhold token issue: a token under the server's key or that of a file.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <ostream>

#include "base/id.hpp"
#include "base/integer.hpp"
#include "cli/commands/token.hpp"
#include "cli/program.hpp"
#include "cli/tools/token_keys.hpp"
#include "crypto/random.hpp"
#include "jose/errors.hpp"

namespace keyhold::cli {
namespace {

// A mistake on the command line.
Error usage(std::string what) { return Error(errors::validation_failed, std::move(what)); }

// In which a lifetime can be written.
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

// The claims of our own unless `extra` has them, then all of `extra`.
std::string write_claims(const std::string& subject, const json::Value& extra, const std::string& issuer, Time now,
                         std::chrono::seconds lifetime) {
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    // Not written twice: what reads duplicate names may take either of them (RFC 7519 §4).
    const auto ours = [&](const char* name, const auto& value) {
        if (!extra.find(name)) writer.member(name, value);
    };
    const std::int64_t issued_at = now.time_since_epoch().count();
    // `jti` differs even between two tokens of one second (RFC 7519 §4.1.7).
    crypto::SystemRandom random;
    if (!subject.empty()) writer.member("sub", subject);
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

// Prints a token and writes nothing to the database, so the token belongs to no session unless --claims names one.
void issue(Context& context, const Values& values) {
    const auto now = read_now(values);
    if (!now) return context.fail(now.error());
    const auto lifetime = read_duration(values.text("--lifetime"));
    if (!lifetime) return context.fail(usage("--lifetime takes a number and s, m, h or d, as in 30m"));
    json::Document document;
    const auto extra = document.parse(values.text("--claims"));
    if (!extra || !extra->is_object())
        return context.fail(usage("--claims takes a JSON object without duplicate names"));
    const std::string& subject = values.text("--sub");
    // Refused, because it would not be clear which of the two is meant.
    if (!subject.empty() && extra->find("sub")) return context.fail(usage("sub is in --sub and in --claims"));
    // As in dev, because a token can be made without all that serve demands; only the issuer is read.
    const auto loaded = context.settings(Mode::dev);
    if (!loaded) return;
    const auto keys = read_keys(context, key_choice(values));
    if (!keys) return context.fail(keys.error());
    if (!keys->signing().can_sign()) return context.fail(Error(errors::key_malformed, "this key has no private half"));
    const std::string claims = write_claims(subject, *extra, loaded->settings.issuer, *now, *lifetime);
    const std::string token = jose::issue(claims, keys->signing(), values.text("--typ"));
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

Command token_issue_command() {
    Command command{
        .name = "issue",
        .about = "Issue a token under the server's key or one of yours",
        .example = "keyhold token issue --sub alice --lifetime 30m",
        .parameters = {{.name = "--sub", .help = "Whom it stands for (the sub claim)"},
                       {.name = "--claims",
                        .help = "More claims, as a JSON object; they win over ours",
                        .otherwise = "{}"},
                       {.name = "--lifetime", .help = "How long it is valid: 90s, 30m, 12h, 7d", .otherwise = "30m"},
                       {.name = "--typ", .help = "The header's typ (JWT, at+jwt)", .otherwise = "JWT"},
                       now_parameter()},
        .run = issue};
    std::ranges::copy(key_parameters(), std::back_inserter(command.parameters));
    return command;
}

}  // namespace keyhold::cli
