// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_assertions.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/waiting.hpp"
#include "crypto/digest.hpp"
#include "domain/errors.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {
namespace {

using std::chrono::seconds;

// The longest life of an assertion. It is valid once and is remembered until it expires, so a long life would fill the
// table (RFC 7523 §3, point 4).
constexpr seconds longest_life{3600};
// How far a client's clock may be ahead of ours.
constexpr seconds ahead{60};

// RFC 8725 §3.11: what says that it is something else, as a token or a log-out token under the same key, is no proof of
// a client. Most libraries say JWT or nothing; the other is rfc7523bis's.
bool is_for_clients(std::string_view typ) {
    return typ.empty() || jose::is_type(typ, "JWT") || jose::is_type(typ, "client-authentication+jwt");
}

std::string_view text_of(const json::Value& claims, std::string_view name) {
    const auto found = claims.find(name);
    return found && found->is_string() ? *found->string() : std::string_view();
}

}  // namespace

bool is_in_audience(const json::Value& claims, const std::vector<std::string>& audiences) {
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

std::vector<std::string_view> client_assertion_algorithms() {
    std::vector<std::string_view> names;
    // An algorithm may have several rows; its name is said once.
    for (const jose::Algorithm& algorithm : jose::algorithms)
        if (algorithm.key_type != jose::KeyType::oct && std::ranges::find(names, algorithm.name) == names.end())
            names.push_back(algorithm.name);
    return names;
}

Result<std::string> ClientAssertions::authenticate(const Shown& shown) {
    about_to_wait();  // for a signature, for keys that are fetched, and for the disk
    Look look = look_at(shown);
    // It proves nothing: counted as a wrong secret is, against the client that it names.
    if (!look.expires_at) {
        if (auto counted = authentication_.settle_assertion(look.client_id, ClientSecret::wrong, shown.address);
            !counted)
            return std::move(counted).error();
        return errors::invalid_client;
    }
    // After the signature, so that only the client itself can use up its allowance.
    if (look.is_strangers)
        if (auto spent = strangers_.spend(shown.address, clock_.now(), errors::too_many_requests, "assertions"); !spent)
            return std::move(spent).error();
    // One that is shown once more proves nothing, and is no guess: the client has signed it.
    const std::string digest =
        // `jti` is unique for a client, not among all (RFC 7523 §3, point 7).
        base64url::encode(crypto::sha256(std::string(look.client_id).append("\0", 1).append(look.jti)));
    // Written before the success is settled: of two at once, one is the first.
    if (!store_.use_assertion({digest, *look.expires_at})) return errors::invalid_client;
    if (auto settled = authentication_.settle_assertion(look.client_id, ClientSecret::right, shown.address); !settled)
        return std::move(settled).error();
    return std::move(look.client_id);
}

// RFC 7523 §3, in its order. Nobody is told which of the points it was.
ClientAssertions::Look ClientAssertions::look_at(const Shown& shown) {
    Look refused;
    if (shown.type != client_assertion_type) return refused;
    const auto parts = jose::split(shown.assertion);
    const auto payload = parts ? base64url::decode(parts->payload) : std::nullopt;
    json::Document document;
    const auto claims = payload ? document.parse(*payload) : std::optional<json::Value>();
    if (!claims || !claims->is_object()) return refused;
    // 1, 2: `iss` and `sub` are the client (OpenID Connect Core §9).
    // Not verified yet: it only says whose keys to look for, and whom a failure is counted for.
    const std::string id(text_of(*claims, "sub"));
    refused.client_id = id;
    if (id.empty() || text_of(*claims, "iss") != id || (!shown.client_id.empty() && shown.client_id != id))
        return refused;
    const auto client = clients_.find(id);
    if (!client || !client->proves_itself_by_key()) return refused;
    // 3: we are the audience.
    if (!is_in_audience(*claims, audiences_)) return refused;
    // 4 to 6: its times.
    const Time now = clock_.now();
    const jose::Expectations expected{.issuer = id, .audience = {}, .issuer_ahead = ahead, .audience_ignored = true};
    if (!jose::check_claims(*claims, expected, now)) return refused;
    const double expires = *claims->find("exp")->number();
    // A farther `exp` would have its row kept for as long.
    if (expires > static_cast<double>((now + longest_life + ahead).time_since_epoch().count())) return refused;
    // 7: `jti`, which OpenID Connect Core §9 requires.
    const std::string_view jti = text_of(*claims, "jti");
    if (jti.empty()) return refused;
    // 9: its signature.
    if (!keys_.have_signed(*parts, *client)) return refused;
    const auto header = jose::parse_header(parts->header);
    if (!header || !is_for_clients(header->typ)) return refused;
    // Rounded up, so that the row does not go before the assertion expires.
    return {id, std::string(jti), Time(seconds(static_cast<std::int64_t>(expires) + 1)), !is_of_operator(*client)};
}

}  // namespace keyhold::domain
