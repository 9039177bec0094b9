// SPDX-License-Identifier: Apache-2.0
// The registered claims (RFC 7519 §4.1), in the RFC's order within each step.
#include <array>

#include "jose/jwt.hpp"

#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

Error wrong(const char* what) { return Error(errors::token_claims, what); }

// The seven registered claims, found in one pass over the members.
struct Registered {
    std::optional<json::Value> iss, sub, aud, exp, nbf, iat, jti;
};
struct ClaimRow {
    std::string_view name;
    std::optional<json::Value> Registered::*claim;
};
constexpr std::array claim_rows{
    ClaimRow{"iss", &Registered::iss}, ClaimRow{"sub", &Registered::sub}, ClaimRow{"aud", &Registered::aud},
    ClaimRow{"exp", &Registered::exp}, ClaimRow{"nbf", &Registered::nbf}, ClaimRow{"iat", &Registered::iat},
    ClaimRow{"jti", &Registered::jti},
};

// Names are unique, as the parser has refused a document with two members of one name.
Registered read_registered(const json::Value& claims) {
    Registered registered;
    for (auto member = claims.first(); member; member = member->next()) {
        const std::string_view name = member->name();
        // All seven names have three letters, so that three comparisons of bytes do.
        if (name.size() != 3) continue;
        for (const ClaimRow& row : claim_rows)
            if (name[0] == row.name[0] && name[1] == row.name[1] && name[2] == row.name[2])
                registered.*row.claim = member;
    }
    return registered;
}

// RFC 7519 §4.1.3: one string or an array of them.
bool is_audience(const json::Value& claim) {
    if (claim.is_string()) return true;
    if (claim.type() != json::Type::array) return false;
    for (auto item = claim.first(); item; item = item->next())
        if (!item->is_string()) return false;
    return true;
}

// Compared byte by byte: StringOrURI values are case-sensitive (RFC 7519 §2).
bool names(const json::Value& audience, std::string_view wanted) {
    if (audience.is_string()) return audience.string() == wanted;
    for (auto item = audience.first(); item; item = item->next())
        if (item->string() == wanted) return true;
    return false;
}

// A claim of the wrong type is refused also where the audience is ignored, because such a token is malformed for
// everybody.
Result<> check_audience(const std::optional<json::Value>& audience, const Expectations& expectations) {
    if (audience && !is_audience(*audience)) return wrong("aud is neither a string nor an array of strings");
    if (expectations.audience_ignored) return {};
    if (expectations.audience.empty()) {
        // "If the principal processing the claim does not identify itself with a value in the "aud" claim when this
        // claim is present, then the JWT MUST be rejected."
        if (audience) return wrong("The token is for an audience (aud), and we have no name");
        return {};
    }
    if (!audience || !names(*audience, expectations.audience)) return wrong("The token is for another audience (aud)");
    return {};
}

// RFC 7519 §2, NumericDate: seconds since 1970, fractions allowed.
Result<> check_times(const Registered& claims, const Expectations& expectations, Time now) {
    // Doubles hold whole seconds exactly far beyond any date, and a NumericDate may have a fraction.
    const auto seconds = static_cast<double>(now.time_since_epoch().count());
    const auto leeway = static_cast<double>(expectations.leeway.count());
    const auto latest = seconds + leeway + static_cast<double>(expectations.issuer_ahead.count());
    for (const auto& claim : {claims.exp, claims.nbf, claims.iat})
        if (claim && !claim->number()) return wrong("exp, nbf or iat is not a number");
    if (!claims.exp && expectations.expiry_required) return wrong("The token never expires (no exp)");
    // §4.1.4: "on or after which the JWT MUST NOT be accepted".
    if (claims.exp && *claims.exp->number() <= seconds - leeway)
        return Error(errors::token_expired, "The token has expired (exp)");
    // §4.1.5: "before which the JWT MUST NOT be accepted".
    if (claims.nbf && *claims.nbf->number() > latest)
        return Error(errors::token_not_yet_valid, "The token is not valid yet (nbf)");
    // Not asked for by §4.1.6; but whoever signs in the future has a wrong clock, or our own is wrong.
    if (claims.iat && *claims.iat->number() > latest)
        return Error(errors::token_not_yet_valid, "The token was issued in the future (iat)");
    return {};
}

}  // namespace

Result<> check_claims(const json::Value& claims, const Expectations& expectations, Time now) {
    const Registered registered = read_registered(claims);
    // RFC 7519 §4.1.1, §4.1.2, §4.1.7: StringOrURI, or a string. That an `iss` with a colon is a URI is not looked at,
    // since it is compared and never used as one.
    for (const auto& claim : {registered.iss, registered.sub, registered.jti})
        if (claim && !claim->is_string()) return wrong("iss, sub or jti is not a string");
    if (auto times = check_times(registered, expectations, now); !times) return times;
    if (!expectations.issuer.empty() && (!registered.iss || registered.iss->string() != expectations.issuer))
        return wrong("The token has another issuer (iss)");
    return check_audience(registered.aud, expectations);
}

}  // namespace keyhold::jose
