// SPDX-License-Identifier: Apache-2.0
// Keys from JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).
#include <string.h>

#include <set>

#include "base/base64url.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/jwk_numbers.hpp"
#include "jose/key_state.hpp"

namespace keyhold::jose {
namespace {

using Half = NumberRow::Half;

Error malformed(std::string_view member, std::string_view what) {
    return Error(errors::key_malformed, std::string(member) + ": " + std::string(what));
}

// A member that is a string if it is there.
Result<std::optional<std::string_view>> optional_string(const json::Value& jwk, std::string_view member) {
    const auto value = jwk.find(member);
    if (!value) return std::optional<std::string_view>();
    if (!value->string()) return malformed(member, "not a string");
    return value->string();
}

// Bytes of a member in base64url. The caller wipes them, where they are secret.
Result<std::string> octets(const json::Value& jwk, std::string_view member) {
    const auto value = jwk.find(member);
    if (!value) return malformed(member, "absent");
    if (!value->string()) return malformed(member, "not a string");
    auto bytes = base64url::decode(*value->string());
    if (!bytes) return malformed(member, "not base64url");
    return std::move(*bytes);
}

struct Operations {
    bool sign = true;
    bool verify = true;
};

// RFC 7517 §4.3; a member that is absent allows everything. Beside `use` it must say the same: "if both are used, the
// information they convey MUST be consistent".
Result<Operations> read_operations(const json::Value& jwk) {
    const auto value = jwk.find("key_ops");
    if (!value) return Operations{};
    if (value->type() != json::Type::array) return malformed("key_ops", "not an array");
    Operations allowed{false, false};
    std::set<std::string_view> seen;
    for (auto item = value->first(); item; item = item->next()) {
        if (!item->string()) return malformed("key_ops", "not an array of strings");
        const std::string_view operation = *item->string();
        if (!seen.insert(operation).second) return malformed("key_ops", "holds a value twice");
        const bool is_ours = operation == "sign" || operation == "verify";
        if (!is_ours && jwk.find("use")) return malformed("key_ops", "at odds with use");
        allowed.sign = allowed.sign || operation == "sign";
        allowed.verify = allowed.verify || operation == "verify";
    }
    if (!allowed.sign && !allowed.verify) return malformed("key_ops", "neither sign nor verify");
    return allowed;
}

Result<const KeyTypeRow*> read_key_type(const json::Value& jwk) {
    const auto kty = optional_string(jwk, "kty");
    if (!kty) return kty.error();
    if (!*kty) return malformed("kty", "absent");
    const auto crv = optional_string(jwk, "crv");
    if (!crv) return crv.error();
    for (const KeyTypeRow& row : key_types)
        if (row.kty == **kty && (row.crv.empty() || row.crv == *crv)) return &row;
    return malformed("kty", "no type or curve of ours");
}

Result<crypto::PKey> read_numbers(const json::Value& jwk, const KeyTypeRow& row, bool has_private) {
    // RFC 7518 §6.3.2.7: a consumer that does not support more than two primes must not use such a key.
    if (row.type == KeyType::rsa && jwk.find("oth")) return malformed("oth", "more than two primes");
    // RFC 7518 §6.3.2: with one of p, q, dp, dq and qi come all of them; they can also all stay away. Without d they
    // would stand in a public key, and give the private one away.
    const bool has_primes = has_private && jwk.find("p").has_value();
    std::vector<std::string> bytes;
    bytes.reserve(number_rows.size());  // views into it follow
    std::vector<crypto::Component> components;
    for (const NumberRow& number : number_rows) {
        if (number.kty != row.kty || (number.half == Half::private_half && !has_private)) continue;
        if (number.half == Half::optional_private && !has_primes) {
            if (jwk.find(number.member))
                return malformed(number.member, has_private ? "given without p" : "given without d");
            continue;
        }
        auto read = octets(jwk, number.member);
        if (!read) return std::move(read).error();
        if (row.coordinate_size != 0 && read->size() != row.coordinate_size)
            return malformed(number.member, "of the wrong length");
        // RFC 7518 §2, Base64urlUInt: "the minimum number of octets".
        if (row.type == KeyType::rsa && (read->empty() || read->front() == '\0'))
            return malformed(number.member, "has leading zeros");
        if (row.type == KeyType::rsa && read->size() > 2048) return malformed(number.member, "over 16384 bits");
        bytes.push_back(std::move(*read));
        components.push_back({number.openssl_name, bytes.back()});
    }
    std::string point;
    if (row.kty == "EC") {  // OpenSSL takes x and y as one encoded point
        point = crypto::uncompressed_point(bytes[0], bytes[1]);
        components.erase(components.begin(), components.begin() + 2);
        components.push_back({OSSL_PKEY_PARAM_PUB_KEY, point});
    }
    crypto::PKey pkey = crypto::make_pkey(row.openssl_type, row.openssl_group, components, has_private);
    for (std::string& secret : bytes) explicit_bzero(secret.data(), secret.size());
    if (!pkey)
        return Error(errors::key_malformed,
                     row.kty == "EC" ? "x, y, d: not a key of the curve" : "These numbers make no key");
    return pkey;
}

}  // namespace

// In this order: what the key says that it is for, then its numbers, then whether they are sound.
Result<Key> Key::from_jwk(const json::Value& jwk, const Algorithm* named) {
    if (!jwk.is_object()) return Error(errors::key_malformed, "A JWK is a JSON object");
    const auto row = read_key_type(jwk);
    if (!row) return row.error();
    const auto use = optional_string(jwk, "use"), alg = optional_string(jwk, "alg"), kid = optional_string(jwk, "kid");
    for (const auto* member : {&use, &alg, &kid})
        if (!*member) return member->error();
    // RFC 7517 §4.2; a key without `use` may be used for anything.
    if (*use && **use != "sig") return malformed("use", "not for signatures");
    const auto operations = read_operations(jwk);
    if (!operations) return operations.error();
    const auto algorithm = choose_algorithm(**row, *alg, named);
    if (!algorithm) return algorithm.error();

    if ((*row)->type == KeyType::oct) {
        auto secret = octets(jwk, "k");
        if (!secret) return std::move(secret).error();
        const Secret wiped(std::move(*secret));
        // RFC 7518 §3.2: "A key of the same size as the hash output or larger MUST be used".
        if (wiped.size() < (*algorithm)->min_key_size)
            return Error(errors::key_weak, "k: shorter than its algorithm asks");
        auto key = from_secret(**algorithm, wiped.reveal(), std::string(kid->value_or("")));
        if (key) {
            key->state_->can_sign = operations->sign;
            key->state_->can_verify = operations->verify;
        }
        return key;
    }
    const bool has_private = jwk.find("d").has_value();
    auto pkey = read_numbers(jwk, **row, has_private);
    if (!pkey) return std::move(pkey).error();
    if (auto checked = check_pkey(*pkey, **row, has_private); !checked) return checked.error();
    auto state = std::make_shared<State>();
    state->algorithm = *algorithm;
    state->kid = std::string(kid->value_or(""));
    state->signature_size = signature_size_of(**algorithm, *pkey);
    state->pkey = std::move(*pkey);
    state->can_sign = has_private && operations->sign;
    state->can_verify = operations->verify;
    if (!state->can_verify && !state->can_sign) return malformed("key_ops", "not the operation of a public key");
    return Key(std::move(state));
}

}  // namespace keyhold::jose
