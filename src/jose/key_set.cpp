#include "jose/key.hpp"

namespace keyhold::jose {
namespace {

// The one place where a key without an algorithm of its own gets several: a reader with such a key tries the
// algorithm that the token's header names, if the key's type and strength fit it. The type never changes, so a
// public key is never taken for an HMAC secret (RFC 8725 §3.1).
Result<> add_key(KeySet& keys, const json::Value& jwk, const Algorithm* named) {
    const bool leaves_a_choice = named == nullptr && jwk.is_object() && !jwk.find("alg");
    Result<Key> key = Key::from_jwk(jwk, named);
    if (!leaves_a_choice) {
        if (!key) return std::move(key).error();
        keys.add(std::move(*key));
        return {};
    }
    const std::size_t before = keys.keys().size();
    std::optional<Error> why;
    if (!key) why = key.error();
    for (const Algorithm& algorithm : algorithms) {
        key = Key::from_jwk(jwk, &algorithm);
        if (key)
            keys.add(std::move(*key));
        else if (!why || key.error().errc() == Errc::key_weak)
            why = key.error();
    }
    if (keys.keys().size() == before) return *why;
    return {};
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view jwk_or_set, const Algorithm* named) {
    json::Document document;
    const auto root = document.parse(jwk_or_set);
    if (!root) return Error(Errc::key_malformed, "JSON: " + document.error().reason);
    KeySet keys;
    const auto set = root->find("keys");
    if (!set) {
        if (auto added = add_key(keys, *root, named); !added) return added.error();
        return keys;
    }
    if (set->type() != json::Type::array) return Error(Errc::key_malformed, "keys: not an array");
    Error why(Errc::key_malformed, "keys: none in it");
    for (auto jwk = set->first(); jwk; jwk = jwk->next())
        if (auto added = add_key(keys, *jwk, named); !added) why = added.error();
    if (keys.empty()) return why;
    return keys;
}

const Key* KeySet::find(std::string_view alg, std::string_view kid, const Key* after) const {
    const std::size_t first = after == nullptr ? 0 : static_cast<std::size_t>(after - keys_.data()) + 1;
    for (std::size_t i = first; i < keys_.size(); ++i) {
        const Key& key = keys_[i];
        if (key.algorithm().name != alg || !key.can_verify()) continue;
        if (kid.empty() || key.kid().empty() || kid == key.kid()) return &key;
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
