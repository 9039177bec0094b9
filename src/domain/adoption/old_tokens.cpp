// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/old_tokens.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/id.hpp"
#include "base/text.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {

namespace {

// The application's clock may be ahead of ours by so much, and its `exp` is rounded.
constexpr std::chrono::seconds clocks_differ{60};

enum class Standing : std::uint8_t {
    plain,      // an access token may have it
    mark,       // says what kind of token it is: one of the values, in any case
    of_marked,  // may be there beside a mark
};

// What access tokens carry that FastAPI's tutorials, python-jose, PyJWT, flask-jwt-extended and Keycloak make. The
// full-stack template's tokens for a new password are {sub, exp, nbf}: hence nbf does not stand alone.
struct KnownClaim {
    std::string_view name;
    Standing standing;
    std::array<std::string_view, 3> values;
};
constexpr std::array<std::string_view, 3> access{"access", "access_token", "bearer"};
constexpr std::array known_claims{
    KnownClaim{"sub", Standing::plain, {}},          KnownClaim{"exp", Standing::plain, {}},
    KnownClaim{"iat", Standing::plain, {}},          KnownClaim{"iss", Standing::plain, {}},
    KnownClaim{"jti", Standing::plain, {}},          KnownClaim{"uid", Standing::plain, {}},  // ours
    KnownClaim{"type", Standing::mark, access},      KnownClaim{"token_type", Standing::mark, access},
    KnownClaim{"token_use", Standing::mark, access}, KnownClaim{"typ", Standing::mark, access},
    KnownClaim{"use", Standing::mark, access},       KnownClaim{"purpose", Standing::mark, access},
    KnownClaim{"kind", Standing::mark, access},      KnownClaim{"nbf", Standing::of_marked, {}},
    KnownClaim{"fresh", Standing::of_marked, {}},    KnownClaim{"csrf", Standing::of_marked, {}},
};

// RFC 9068 §2.1 beside RFC 7519 §5.1.
constexpr std::array<std::string_view, 2> types{"jwt", "at+jwt"};

// A claim that has to be there, whatever it says.
constexpr std::string_view anything = "*";

// Of a claim: as `aud` is, a text or one of several; or a yes or no, as {"mfa_pending": false}.
bool says(const json::Value& claim, std::string_view wanted) {
    if (wanted == anything) return true;
    if (claim.string() == wanted) return true;
    if (const auto yes = claim.boolean()) return wanted == (*yes ? "true" : "false");
    if (claim.type() != json::Type::array) return false;
    for (auto item = claim.first(); item; item = item->next())
        if (item->string() == wanted) return true;
    return false;
}

std::string in_quotes(std::string_view name) {
    constexpr std::size_t longest = 64;
    std::string text;
    json::append_string(text, name.substr(0, longest));
    return text;
}

Error no_access_token(const std::string& why) {
    return {errors::token_claims, "It is no access token of the application: " + why};
}

const KnownClaim* find_known(std::string_view name) {
    const auto* const found = std::ranges::find(known_claims, name, &KnownClaim::name);
    return found != known_claims.end() ? found : nullptr;
}

bool is_mark(const json::Value& claim) {
    const KnownClaim* const known = find_known(claim.name());
    return known != nullptr && known->standing == Standing::mark;
}

// The claims that the operator named: those with a value must be there and say it.
Result<> check_named(const json::Value& claims, const std::vector<ClaimRule>& rules) {
    for (const ClaimRule& rule : rules) {
        // Without a value the claim may be there and say anything, but need not be.
        if (rule.value.empty()) continue;
        const auto claim = claims.find(rule.name);
        // Several rules of one name are alternatives: the claim has to say one of their values.
        const bool is_said = claim && std::ranges::any_of(rules, [&](const ClaimRule& other) {
                                 return other.name == rule.name && says(*claim, other.value);
                             });
        if (!claim) return no_access_token("it lacks " + in_quotes(rule.name) + ", which old_token_claims asks for");
        if (!is_said) return no_access_token("its " + in_quotes(rule.name) + " is not what old_token_claims asks for");
    }
    return {};
}

// A mark is named with its value: its name alone would let in refresh tokens, and links that go out by mail.
bool is_named(const json::Value& claim, const std::vector<ClaimRule>& rules) {
    return std::ranges::any_of(rules, [&](const ClaimRule& rule) {
        return rule.name == claim.name() && ((!rule.value.empty() && rule.value != anything) || !is_mark(claim));
    });
}

Result<> check_claim(const json::Value& claim, bool is_marked) {
    const KnownClaim* const known = find_known(claim.name());
    // Unknown claims are refused: the application may sign a link with any claim, and we cannot know what it means by
    // it.
    if (known == nullptr || (known->standing == Standing::of_marked && !is_marked))
        return no_access_token("it has the claim " + in_quotes(claim.name()) +
                               "; if access tokens have that too, name it in old_token_claims");
    if (known->standing != Standing::mark) return {};
    const auto text = claim.string().value_or("");
    if (std::ranges::any_of(known->values, [&](std::string_view value) { return equal_ignoring_case(text, value); }))
        return {};
    return no_access_token("its " + in_quotes(claim.name()) +
                           " says another kind; if access tokens say it, name it with its value in old_token_claims");
}

std::optional<double> seconds_of(const json::Value& claims, std::string_view name) {
    const auto claim = claims.find(name);
    return claim ? claim->number() : std::nullopt;
}

// Refresh tokens often have the claims of access tokens, and a longer life.
Result<> check_life(const json::Value& claims, std::chrono::seconds lifetime, Time now) {
    const auto begin = seconds_of(claims, "iat").value_or(static_cast<double>(now.time_since_epoch().count()));
    // jose::check_claims() has made sure that there is an `exp`.
    const auto life = seconds_of(claims, "exp").value_or(0) - begin;
    if (life <= static_cast<double>((lifetime + clocks_differ).count())) return {};
    return no_access_token("it lives for longer than old_token_minutes, or access_token_expire_minutes, says");
}

}  // namespace

Result<std::vector<ClaimRule>> parse_claim_rules(std::span<const std::string> texts) {
    std::vector<ClaimRule> rules;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        const bool has_value = equals != std::string::npos;
        if (equals == 0 || (has_value && equals + 1 == text.size()))
            return Error(errors::configuration, "old_token_claims lists claims as in role,type=access: not " + text);
        rules.push_back({text.substr(0, equals), has_value ? text.substr(equals + 1) : std::string()});
    }
    return rules;
}

Result<TokenSub> parse_token_sub(std::string_view text) {
    constexpr std::array names{std::pair{std::string_view("username"), TokenSub::username},
                               std::pair{std::string_view("email"), TokenSub::email},
                               std::pair{std::string_view("id"), TokenSub::id}};
    for (const auto& [name, sub] : names)
        if (name == text) return sub;
    return Error(errors::configuration, "token_sub is username, email or id: not " + std::string(text));
}

jose::Expectations expectations_under_secret(std::string issuer) {
    jose::Expectations expectations;
    expectations.issuer = std::move(issuer);
    expectations.audience_ignored = true;  // check_old_token() looks at it
    expectations.types = types;
    return expectations;
}

Result<> check_old_token(const json::Value& claims, const OldTokenRules& rules, Time now) {
    if (rules.until && now >= *rules.until)
        return Error(errors::token_not_live, "No token of the application is good any more (old_tokens_until)");
    if (auto named = check_named(claims, rules.claims); !named) return named;
    // In a first walk, because a mark may stand behind the claims that need it.
    bool is_marked = false;
    for (auto claim = claims.first(); claim && !is_marked; claim = claim->next()) is_marked = is_mark(*claim);
    for (auto claim = claims.first(); claim; claim = claim->next()) {
        if (is_named(*claim, rules.claims)) continue;
        if (auto checked = check_claim(*claim, is_marked); !checked) return checked;
    }
    return check_life(claims, rules.lifetime, now);
}

bool is_issued_from(const json::Value& claims, std::chrono::seconds lifetime, Time first, Time now) {
    const auto since_1970 = [](auto time) { return static_cast<double>(time.count()); };
    auto issued = seconds_of(claims, "iat");
    const auto expires = seconds_of(claims, "exp");
    if (!issued && expires) issued = *expires - since_1970(lifetime);
    // A token from the future would outlive every end of its account's tokens.
    if (!issued || *issued > since_1970((now + clocks_differ).time_since_epoch())) return false;
    return *issued >= since_1970(first.time_since_epoch());
}

std::chrono::seconds clock_ahead(const json::Value& claims, Time now) {
    const double issued = seconds_of(claims, "iat").value_or(0);
    const auto ours = static_cast<double>(now.time_since_epoch().count());
    // More than clocks_differ is refused in any case, and must not count.
    if (issued <= ours || issued > ours + static_cast<double>(clocks_differ.count())) return {};
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(issued - ours)));
}

}  // namespace keyhold::domain
