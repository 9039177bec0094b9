// SPDX-License-Identifier: Apache-2.0
#include "jose/key.hpp"

#include "crypto/public_key_text.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

#include <set>

namespace keyhold::jose {
namespace {

// RFC 7517 §4.5: "different keys within the JWK Set SHOULD use distinct "kid" values"; where they do not, two readers
// may take different ones. And a set is a thing to publish: a secret in it, or a pair among secrets, is a mistake.
Result<> check_set(const std::vector<Key>& keys) {
    for (const Key& key : keys) {
        if (key.is_symmetric() != keys.front().is_symmetric())
            return Error(errors::key_malformed, "keys: secrets (oct) and keys of pairs in one set");
        for (const Key* other = keys.data(); other != &key; ++other)
            if (!key.kid().empty() && key.kid() == other->kid() && &key.algorithm() == &other->algorithm())
                return Error(errors::key_malformed, "keys: two of them have one kid");
    }
    return {};
}

// Whether two entries have one `kid` and nothing else to choose by, even if one of them cannot be used: its owner
// expects it to be, and other readers may.
bool has_twins(const json::Value& set) {
    std::set<std::string> seen;
    for (auto jwk = set.first(); jwk; jwk = jwk->next()) {
        if (!jwk->find("kid")) continue;
        std::string choice;
        for (const char* name : {"kid", "kty", "alg", "use"}) {
            if (const auto member = jwk->find(name)) json::append_value(choice, *member);
            choice += ',';
        }
        if (!seen.insert(std::move(choice)).second) return true;
    }
    return false;
}

// {"kid": "-----BEGIN CERTIFICATE-----..."}: https://www.googleapis.com/oauth2/v1/certs
bool are_certificates(const json::Value& value) {
    if (!value.is_object() || value.size() == 0 || value.find("kty")) return false;
    for (auto member = value.first(); member; member = member->next())
        if (!member->string() || !member->string()->starts_with("-----BEGIN CERTIFICATE-----")) return false;
    return true;
}

// Any algorithm that a key of this type can have; null if the type is not ours.
// It stands in for an algorithm until the key was read; which ones fit is found out afterwards.
const Algorithm* algorithm_for(const json::Value& jwk) {
    const auto kty = jwk.find("kty"), crv = jwk.find("crv");
    for (const Algorithm& algorithm : algorithms) {
        const KeyTypeRow& row = key_type_row(algorithm.key_type);
        if (kty && row.kty == kty->string() && (row.crv.empty() || (crv && row.crv == crv->string())))
            return &algorithm;
    }
    return nullptr;
}

}  // namespace

// The one place where a key without an algorithm of its own gets several: a reader with such a key tries the
// algorithm that the token's header names, if the key's type and strength fit it. The type never changes, so a
// public key is never taken for an HMAC secret (RFC 8725 §3.1).
Result<> KeySet::add_jwk(const json::Value& jwk, const Algorithm* named) {
    const Algorithm* const any = algorithm_for(jwk);
    const bool leaves_a_choice = named == nullptr && any != nullptr && !jwk.find("alg");
    Result<Key> key = Key::from_jwk(jwk, leaves_a_choice ? any : named);
    if (!key) return std::move(key).error();
    if (!leaves_a_choice) {
        add(std::move(*key));
        return {};
    }
    if (!key->is_symmetric()) {
        add_under_every_algorithm(*key);
        return {};
    }
    for (const Algorithm& algorithm : algorithms) {
        if (algorithm.key_type != KeyType::oct) continue;
        key = Key::from_jwk(jwk, &algorithm);
        if (key) add(std::move(*key));  // otherwise it is too short for this one; for the first it is not
    }
    return {};
}

void KeySet::add_under_every_algorithm(const Key& key) {
    for (const Algorithm& algorithm : algorithms)
        if (key.fits(algorithm)) add(key.under(algorithm));
}

// One that cannot be used is passed over, as in a set.
Result<KeySet> KeySet::parse_certificates(const json::Value& by_kid, const Algorithm* named) {
    KeySet keys;
    Error why(errors::key_malformed, "This is no certificate");
    for (auto member = by_kid.first(); member; member = member->next()) {
        auto parsed = parse_pem(*member->string(), named, std::string(member->name()));
        if (!parsed) why = parsed.error();
        for (std::size_t i = 0; parsed && i < parsed->keys().size(); ++i) keys.add(parsed->keys()[i].share());
    }
    if (keys.empty()) return why;
    return keys;
}

// RFC 7517 §5: keys that are not understood are passed over. What is wrong with the last of them is said only if none
// is left.
Result<KeySet> KeySet::parse(std::string_view jwk_or_set, const Algorithm* named) {
    json::Document document;
    const auto root = document.parse(jwk_or_set);
    if (!root) return Error(errors::key_malformed, "JSON: " + document.error().reason);
    KeySet keys;
    const auto set = root->find("keys");
    if (!set && are_certificates(*root)) return parse_certificates(*root, named);
    if (!set) {
        if (auto added = keys.add_jwk(*root, named); !added) return added.error();
        return keys;
    }
    if (set->type() != json::Type::array) return Error(errors::key_malformed, "keys: not an array");
    Error why(errors::key_malformed, "keys: none in it");
    for (auto jwk = set->first(); jwk; jwk = jwk->next())
        if (auto added = keys.add_jwk(*jwk, named); !added) why = added.error();
    if (keys.empty()) return why;
    if (auto checked = check_set(keys.keys()); !checked) return checked.error();
    // Beside check_set(), which has seen only the keys that can be used.
    if (has_twins(*set)) return Error(errors::key_malformed, "keys: two of them have one kid");
    return keys;
}

// A PEM text names no algorithm: without `named` the key is tried with each that fits.
Result<KeySet> KeySet::parse_pem(std::string_view pem, const Algorithm* named, std::string kid) {
    const auto converted = crypto::public_key_in(pem);
    if (converted) pem = *converted;
    KeySet keys;
    auto key = Key::from_pem(pem, named, kid);
    if (key && named != nullptr) {
        keys.add(std::move(*key));
        return keys;
    }
    // The types that leave a choice: any of their algorithms reads the key.
    for (const Algorithm& algorithm : algorithms)
        if (!key && named == nullptr && key_type_row(algorithm.key_type).kty == "RSA")
            if (auto read = Key::from_pem(pem, &algorithm, kid); read || read.error().errc() == errors::key_weak)
                key = std::move(read);
    if (!key) return std::move(key).error();
    keys.add_under_every_algorithm(*key);
    return keys;
}

void KeySet::remember_signatures(std::size_t count) {
    for (Key& key : keys_) key.remember_signatures(count);
}

// A token without a `kid` fits every key of its algorithm, and a key without one fits every token.
const Key* KeySet::find(std::string_view alg, std::optional<std::string_view> kid, const Key* after) const {
    // `after` is one of keys_, so its place among them is its distance from the first.
    const std::size_t first = after == nullptr ? 0 : static_cast<std::size_t>(after - keys_.data()) + 1;
    for (std::size_t i = first; i < keys_.size(); ++i) {
        const Key& key = keys_[i];
        if (key.algorithm().name != alg || !key.can_verify()) continue;
        if (!kid || key.kid().empty() || *kid == key.kid()) return &key;
    }
    return nullptr;
}

std::string KeySet::public_jwks() const {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    writer.name("keys");
    writer.begin_array();
    for (const Key& key : keys_)
        if (!key.is_symmetric()) writer.raw(key.public_jwk());
    writer.end_array();
    writer.end_object();
    return text;
}

}  // namespace keyhold::jose
