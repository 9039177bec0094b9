// SPDX-License-Identifier: Apache-2.0
#include "domain/client_assertions.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"
#include "domain/errors.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {
namespace {

using std::chrono::seconds;

// What is used once is remembered until it expires: so it has to, before long (RFC 7523 §3, point 4).
constexpr seconds longest_life{3600};
// How far a client's clock may be ahead of ours.
constexpr seconds ahead{60};

std::string_view text_of(const json::Value& claims, std::string_view name) {
    const auto found = claims.find(name);
    return found && found->is_string() ? *found->string() : std::string_view();
}

bool is_for(const json::Value& claims, const std::vector<std::string>& audiences) {
    const auto is_ours = [&](const json::Value& audience) {
        return audience.is_string() && std::ranges::find(audiences, *audience.string()) != audiences.end();
    };
    const auto audience = claims.find("aud");
    if (!audience) return false;
    if (audience->is_string()) return is_ours(*audience);
    if (audience->type() != json::Type::array) return false;
    for (auto item = audience->first(); item; item = item->next())
        if (is_ours(*item)) return true;
    return false;
}

}  // namespace

std::vector<std::string_view> client_assertion_algorithms() {
    std::vector<std::string_view> names;
    for (const jose::Algorithm& algorithm : jose::algorithms)
        if (algorithm.key_type != jose::KeyType::oct && std::ranges::find(names, algorithm.name) == names.end())
            names.push_back(algorithm.name);
    return names;
}

bool ClientAssertions::is_signed(std::string_view assertion, const RegisteredClient& client) {
    const auto parts = jose::split(assertion);
    if (!parts) return false;
    for (const auto look : {ClientKeys::Look::remembered, ClientKeys::Look::again}) {
        const auto keys = keys_.of(client, look);
        if (keys && jose::verify_signature(*parts, *keys)) return true;
    }
    return false;
}

// RFC 7523 §3, in its order. Nobody is told which of the points it was.
Result<std::string> ClientAssertions::authenticate(std::string_view type, std::string_view assertion,
                                                   std::string_view client_id) {
    const Error refused = errors::invalid_client;
    if (type != client_assertion_type) return refused;
    const auto parts = jose::split(assertion);
    const auto payload = parts ? base64url::decode(parts->payload) : std::nullopt;
    json::Document document;
    const auto claims = payload ? document.parse(*payload) : std::optional<json::Value>();
    if (!claims || !claims->is_object()) return refused;
    // 1, 2: `iss` and `sub` are the client (OpenID Connect Core §9).
    const std::string id(text_of(*claims, "sub"));
    if (id.empty() || text_of(*claims, "iss") != id || (!client_id.empty() && client_id != id)) return refused;
    const auto client = clients_.find(id);
    if (!client || !client->proves_itself_by_key()) return refused;
    // 3: we are the audience.
    if (!is_for(*claims, audiences_)) return refused;
    // 4 to 6: its times.
    const Time now = clock_.now();
    const jose::Expectations expected{.issuer = id, .audience = {}, .issuer_ahead = ahead, .audience_ignored = true};
    if (!jose::check_claims(*claims, expected, now)) return refused;
    const double expires = *claims->find("exp")->number();
    if (expires > static_cast<double>((now + longest_life + ahead).time_since_epoch().count())) return refused;
    // 7: `jti`, which OpenID Connect Core §9 requires.
    const std::string_view jti = text_of(*claims, "jti");
    if (jti.empty()) return refused;
    // 9: its signature.
    if (!is_signed(assertion, *client)) return refused;
    const std::string digest = base64url::encode(crypto::sha256(std::string(id).append("\0", 1).append(jti)));
    if (!store_.use_assertion({digest, Time(seconds(static_cast<std::int64_t>(expires) + 1))})) return refused;
    return id;
}

}  // namespace keyhold::domain
