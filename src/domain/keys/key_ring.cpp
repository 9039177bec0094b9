// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/key_ring.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/errors.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t max_kid_size = 255;

bool is_usable_kid(std::string_view kid) { return kid.size() <= max_kid_size && !has_ascii_control(kid); }

// Of two keys that begin in one second the one that comes second signs.
void insert_signer(Keys& keys, StoredKey fresh) {
    for (StoredKey& key : keys)
        // The time of the one that is there moves, so that the new key begins when it was said to.
        if (key.signs_from == fresh.signs_from) *key.signs_from -= std::chrono::seconds(1);
    insert(keys, std::move(fresh));
}

Error conflict(std::string what) { return Error(errors::key_conflict, std::move(what)); }
Error unknown(std::string_view kid) { return Error(errors::key_not_found, "there is no key " + std::string(kid)); }

}  // namespace

KeyRing::KeyRing(store::KeyStore& store, KeySealer sealer, const Clock& clock, Random& random, KeyRules rules)
    : store_(store), clock_(clock), random_(random), rules_(rules), sealer_(std::move(sealer)) {}

// Runs `change` on the keys until nobody else was quicker. Each failure is somebody's success.
template <class Change>
auto KeyRing::change(Change change) {
    for (;;) {
        const Keys known = store_.all();
        Keys wanted = known;
        auto result = change(wanted);
        settle(wanted, rules_.token_lifetime, clock_.now());
        // One statement compares what was read with what is there: if another process was faster, all is done again
        // on its result.
        if (!result || wanted == known || store_.replace(known, wanted)) return result;
    }
}

std::optional<jose::Key> KeyRing::open(const StoredKey& key) {
    std::optional<Secret> jwk;
    {
        // The sealer keeps derived keys; the reading of JSON below needs no lock.
        const std::lock_guard lock(mutex_);
        jwk = sealer_.open(key.sealed, key.kid);
    }
    if (!jwk) return std::nullopt;
    json::Document document;
    const auto root = document.parse(jwk->reveal());
    auto opened = root ? jose::Key::from_jwk(*root) : Error(errors::key_malformed);
    return opened ? std::optional(std::move(*opened)) : std::nullopt;
}

StoredKey KeyRing::stored(const jose::Key& key, Time signs_from) {
    const jose::Key named = key.kid().empty() ? key.named(key.thumbprint()) : key.share();
    const std::lock_guard lock(mutex_);
    return {.kid = named.kid(),
            .algorithm = std::string(named.algorithm().name),
            .sealed = sealer_.seal(named.private_jwk(), named.kid(), random_),
            .created_at = clock_.now(),
            .signs_from = signs_from,
            .verifies_until = {},
            .dropped_at = {}};
}

StoredKey KeyRing::make(const Keys& keys, Begins begins) {
    const StoredKey* const last = find_last_signer(keys);
    const jose::Algorithm* algorithm = rules_.algorithm;
    if (algorithm == nullptr && last != nullptr) algorithm = jose::find_algorithm(last->algorithm);
    const auto key = algorithm != nullptr ? jose::Key::generate(*algorithm) : jose::Key::generate_es256();
    return stored(key, begin_of(begins));
}

Time KeyRing::begin_of(Begins begins) const {
    return begins == Begins::at_once ? clock_.now() : clock_.now() + published_ahead(rules_.jwks_max_age);
}

bool KeyRing::begin(std::optional<jose::Key> found) {
    return *change([&](Keys& keys) -> Result<bool> {
        const StoredKey* const last = find_last_signer(keys);
        if (last == nullptr) {
            StoredKey first = found ? stored(*found, clock_.now()) : make(keys, Begins::at_once);
            // A key that was dropped does not come back.
            if (find_key(keys, first.kid) != nullptr) first = make(keys, Begins::at_once);
            insert_signer(keys, std::move(first));
            return true;
        }
        if (rules_.algorithm == nullptr || last->algorithm == rules_.algorithm->name) return false;
        // The algorithm was changed: its key is published ahead, as everybody has the keys of the old one.
        insert_signer(keys, make(keys, Begins::published));
        return true;
    });
}

Result<StoredKey> KeyRing::rotate(Begins begins) {
    return change([&](Keys& keys) -> Result<StoredKey> {
        const StoredKey* const last = find_last_signer(keys);
        if (begins == Begins::published && last && *last->signs_from > clock_.now())
            return conflict("key " + last->kid + " is published already and signs from " + rfc3339(*last->signs_from));
        StoredKey successor = make(keys, begins);
        insert_signer(keys, successor);
        return successor;
    });
}

Result<StoredKey> KeyRing::import_key(const jose::Key& key, Begins begins) {
    if (key.is_symmetric())
        return Error(errors::key_malformed, "a secret is no key to import: it belongs in SECRET_KEY");
    if (!key.can_sign()) return Error(errors::key_malformed, "this key has no private half, so it cannot sign");
    if (!is_usable_kid(key.kid()))
        return Error(errors::key_malformed, "kid: over 255 bytes, or with control characters");
    return change([&](Keys& keys) -> Result<StoredKey> {
        StoredKey successor = stored(key, begin_of(begins));
        if (const StoredKey* const same = find_key(keys, successor.kid))
            return conflict("key " + successor.kid +
                            " is known already: " + std::string(name_of(state_of(keys, *same, clock_.now()))));
        insert_signer(keys, successor);
        return successor;
    });
}

Result<StoredKey> KeyRing::retire(std::string_view kid) {
    return change([&](Keys& keys) -> Result<StoredKey> {
        const Time now = clock_.now();
        StoredKey* const key = find_key(keys, kid);
        if (key == nullptr) return unknown(kid);
        const KeyState state = state_of(keys, *key, now);
        if (state == KeyState::dropped) return conflict("key " + key->kid + " is dropped");
        if (state == KeyState::signing && find_last_signer(keys)->kid == kid)
            return conflict("key " + key->kid +
                            " is the only one that signs: `keyhold key rotate` gives it a successor, and retires it "
                            "when that signs");
        if (state == KeyState::next) withdraw(*key, rules_.token_lifetime, now);
        return *key;
    });
}

Result<KeyRing::Dropped> KeyRing::drop(std::string_view kid) {
    return change([&](Keys& keys) -> Result<Dropped> {
        const Time now = clock_.now();
        StoredKey* const key = find_key(keys, kid);
        if (key == nullptr) return unknown(kid);
        // Dropped twice is dropped.
        if (key->dropped_at) return Dropped{*key, {}};
        const bool signed_until_now = state_of(keys, *key, now) == KeyState::signing;
        wipe(*key, rules_.token_lifetime, now);
        Dropped dropped{*key, {}};
        if (!signed_until_now) return dropped;
        // Not an older key once more: it was replaced for a reason.
        const StoredKey* const last = find_last_signer(keys);
        if (last != nullptr && *last->signs_from > now)
            // The successor that is waiting signs at once, although not everybody has fetched it: better than a key
            // that somebody may have stolen.
            find_key(keys, last->kid)->signs_from = now;
        else
            insert_signer(keys, make(keys, Begins::at_once));
        dropped.signs_instead = *find_signer(keys, now);
        return dropped;
    });
}

void KeyRing::look_after() {
    (void)change([&](Keys& keys) -> Result<> {
        const Time now = clock_.now();
        purge(keys, now);
        const StoredKey* const last = find_last_signer(keys);
        if (last != nullptr && rules_.rotation.count() != 0 && *last->signs_from + rules_.rotation <= now)
            insert_signer(keys, make(keys, Begins::published));
        return {};
    });
}

}  // namespace keyhold::domain
