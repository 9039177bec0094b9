// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/id_tokens.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view by_password = "pwd";  // RFC 8176 §2

std::int64_t seconds_of(Time time) { return std::int64_t{time.time_since_epoch().count()}; }

// OpenID Connect Core §3.1.3.6: the left half of the digest that the signature's algorithm uses. Both of ours use
// SHA-256.
std::string half_digest(std::string_view token) {
    return base64url::encode(std::string_view(crypto::sha256(token)).substr(0, 16));
}

}  // namespace

IdTokenRing::IdTokenRing(std::shared_ptr<store::Database> database, KeySealer sealer, const Clock& clock,
                         Random& random, KeyRules rules)
    : algorithm(rules.algorithm->name),
      store(std::move(database), "id_token." + std::string(algorithm)),
      ring(store, std::move(sealer), clock, random, rules) {}

const jose::Key& IdTokens::key_of(std::string_view algorithm) {
    const jose::Key* key = keys_.find_id_token_signer(algorithm, clock_.now());
    if (key == nullptr) {
        const auto ring = std::ranges::find(rings_, algorithm, &IdTokenRing::algorithm);
        if (ring == rings_.end()) throw std::logic_error("no ID token is signed by " + std::string(algorithm));
        // Two threads or nodes that come here at once make one key: KeyRing::change() decides who was first.
        (*ring)->ring.begin();
        keys_.reload();
        key = keys_.find_id_token_signer(algorithm, clock_.now());
        if (key == nullptr) throw std::runtime_error("the key of ID tokens cannot be opened");
    }
    return *key;
}

void IdTokens::prepare_for(const RegisteredClient& client) {
    if (!can_issue()) return;
    for (const std::string_view algorithm : id_token_algorithms_of(client)) (void)key_of(algorithm);
}

void IdTokens::prepare_for_strangers() {
    if (can_issue()) (void)key_of(id_token_algorithms.front());
}

std::string IdTokens::sign(std::string_view claims, std::string_view algorithm, std::string_view typ) {
    return jose::issue(claims, key_of(algorithm), typ);
}

std::string IdTokens::issue(const IdTokenSubject& subject) {
    const Time now = clock_.now();
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", issuer_);
    out.member("sub", subject.account_id);
    out.member("aud", subject.client_id);
    out.member("exp", seconds_of(now + lifetime_));
    out.member("iat", seconds_of(now));
    out.member("auth_time", seconds_of(subject.authenticated_at));
    if (!subject.nonce.empty()) out.member("nonce", subject.nonce);
    out.member("sid", subject.session_id);
    out.member("acr", one_factor);
    out.name("amr");
    out.begin_array();
    out.value(by_password);
    out.end_array();
    if (!subject.access_token.empty()) out.member("at_hash", half_digest(subject.access_token));
    out.end_object();
    if (!subject.about_the_person.empty()) {
        claims.back() = ',';  // the closing brace gives way
        claims.append(subject.about_the_person).append("}");
    }
    return sign(claims, subject.algorithm, "JWT");
}

std::optional<IdTokenHint> IdTokens::read_hint(std::string_view token) {
    const Time now = clock_.now();
    const auto parts = jose::split(token);
    if (!parts) return std::nullopt;
    // The signature and the issuer alone: a hint may be expired (OpenID Connect Core §3.1.2.1), as it names somebody
    // and opens nothing.
    if (!jose::verify_signature(*parts, keys_.of_id_tokens(now))) return std::nullopt;
    const auto payload = base64url::decode(parts->payload);
    json::Document document;
    const auto claims = payload ? document.parse(*payload) : std::optional<json::Value>();
    if (!claims || !claims->is_object()) return std::nullopt;
    const auto text = [&](std::string_view name) {
        const auto found = claims->find(name);
        return found && found->is_string() ? std::string(*found->string()) : std::string();
    };
    // Log-out tokens and signed answers of userinfo are under the same keys, and no ID tokens: none of them says when
    // somebody proved who they are.
    if (text("iss") != issuer_ || !claims->find("auth_time") || !claims->find("exp")) return std::nullopt;
    IdTokenHint hint{text("sub"), text("aud"), text("sid")};
    if (hint.account_id.empty() || hint.client_id.empty()) return std::nullopt;
    return hint;
}

std::string IdTokens::sign_user_info(std::string_view members, std::string_view client_id, std::string_view algorithm) {
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", issuer_);
    out.member("aud", client_id);
    out.member("iat", seconds_of(clock_.now()));
    out.end_object();
    // The closing brace gives way to the members that are written already.
    claims.back() = ',';
    claims.append(members).append("}");
    return sign(claims, algorithm, "JWT");
}

std::string IdTokens::issue_logout(std::string_view account_id, std::string_view client_id, std::string_view session_id,
                                   std::string_view algorithm, std::string_view jti) {
    constexpr std::chrono::minutes lifetime{2};  // Back-Channel Logout §4: "preferably at most two minutes"
    const Time now = clock_.now();
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", issuer_);
    out.member("sub", account_id);
    out.member("aud", client_id);
    out.member("iat", seconds_of(now));
    out.member("exp", seconds_of(now + lifetime));
    out.member("jti", jti);
    out.member("sid", session_id);
    // Back-Channel Logout §2.4: this member, with an empty object, is what makes it a log-out token.
    out.name("events");
    out.begin_object();
    out.name("http://schemas.openid.net/event/backchannel-logout");
    out.begin_object();
    out.end_object();
    out.end_object();
    out.end_object();
    return sign(claims, algorithm, "logout+jwt");
}

}  // namespace keyhold::domain
