// The registered claims (RFC 7519 §4.1), in the RFC's order within each step.
#include "jose/jwt.hpp"

namespace keyhold::jose {
namespace {

Error wrong(const char* what) { return Error(Errc::token_claims, what); }

// True also if the claim is absent.
bool is_string_if_present(const json::Value& claims, std::string_view name) {
    const auto claim = claims.find(name);
    return !claim || claim->is_string();
}

// RFC 7519 §4.1.3: one string or an array of them.
bool is_audience(const json::Value& claim) {
    if (claim.is_string()) return true;
    if (claim.type() != json::Type::array) return false;
    for (auto item = claim.first(); item; item = item->next())
        if (!item->is_string()) return false;
    return true;
}

bool names(const json::Value& audience, std::string_view wanted) {
    if (audience.is_string()) return audience.string() == wanted;
    for (auto item = audience.first(); item; item = item->next())
        if (item->string() == wanted) return true;
    return false;
}

Result<> check_audience(const json::Value& claims, const Expectations& expectations) {
    const auto audience = claims.find("aud");
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
Result<> check_times(const json::Value& claims, const Expectations& expectations, Time now) {
    const auto seconds = static_cast<double>(now.time_since_epoch().count());
    const auto leeway = static_cast<double>(expectations.leeway.count());
    const auto expiry = claims.find("exp"), not_before = claims.find("nbf"), issued_at = claims.find("iat");
    for (const auto* claim : {&expiry, &not_before, &issued_at})
        if (*claim && !(*claim)->number()) return wrong("exp, nbf or iat is not a number");
    if (!expiry && expectations.expiry_required) return wrong("The token never expires (no exp)");
    // §4.1.4: "on or after which the JWT MUST NOT be accepted".
    if (expiry && *expiry->number() <= seconds - leeway)
        return Error(Errc::token_expired, "The token has expired (exp)");
    // §4.1.5: "before which the JWT MUST NOT be accepted".
    if (not_before && *not_before->number() > seconds + leeway)
        return Error(Errc::token_not_yet_valid, "The token is not valid yet (nbf)");
    // Not asked for by §4.1.6; but whoever signs in the future has a wrong clock, or our own is wrong.
    if (issued_at && *issued_at->number() > seconds + leeway)
        return Error(Errc::token_not_yet_valid, "The token was issued in the future (iat)");
    return {};
}

}  // namespace

Result<> check_claims(const json::Value& claims, const Expectations& expectations, Time now) {
    for (const std::string_view name : {"iss", "sub", "jti"})
        if (!is_string_if_present(claims, name)) return wrong("iss, sub or jti is not a string");
    if (auto times = check_times(claims, expectations, now); !times) return times;
    if (!expectations.issuer.empty()) {
        const auto issuer = claims.find("iss");
        if (!issuer || issuer->string() != expectations.issuer) return wrong("The token has another issuer (iss)");
    }
    return check_audience(claims, expectations);
}

}  // namespace keyhold::jose
