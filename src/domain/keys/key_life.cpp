// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/key_life.hpp"

#include <algorithm>
#include <tuple>

namespace keyhold::domain {

namespace {

template <class K>
auto* find(K& keys, std::string_view kid) {
    const auto at = std::find_if(keys.begin(), keys.end(), [kid](const StoredKey& key) { return key.kid == kid; });
    return at != keys.end() ? &*at : nullptr;
}

// Those that sign at some time, in the order in which they do.
template <class K>
auto in_order_of_signing(K& keys) {
    std::vector<decltype(keys.data())> signers;
    for (auto& key : keys)
        if (key.signs_from && !key.dropped_at) signers.push_back(&key);
    std::sort(signers.begin(), signers.end(), [](const StoredKey* a, const StoredKey* b) {
        // The kid decides between keys of one second, so that all nodes take the same one.
        return std::tie(a->signs_from, a->created_at, a->kid) < std::tie(b->signs_from, b->created_at, b->kid);
    });
    return signers;
}

// The last token of a key is made when its successor begins to sign, by the slowest clock.
Time last_token_runs_out(Time successor_signs, std::chrono::seconds lifetime) {
    return successor_signs + lifetime + clock_difference;
}

}  // namespace

std::string_view name_of(KeyState state) {
    switch (state) {
        case KeyState::next:
            return "next";
        case KeyState::signing:
            return "signing";
        case KeyState::retired:
            return "retired";
        case KeyState::expired:
            return "expired";
        case KeyState::dropped:
            return "dropped";
    }
    return {};
}

KeyState state_of(const Keys& keys, const StoredKey& key, Time now) {
    if (key.dropped_at) return KeyState::dropped;
    if (const StoredKey* const signer = find_signer(keys, now); signer && signer->kid == key.kid)
        return KeyState::signing;
    if (key.signs_from && *key.signs_from > now) return KeyState::next;
    return verifies(key, now) ? KeyState::retired : KeyState::expired;
}

StoredKey* find_key(Keys& keys, std::string_view kid) { return find(keys, kid); }
const StoredKey* find_key(const Keys& keys, std::string_view kid) { return find(keys, kid); }

const StoredKey* find_signer(const Keys& keys, Time now) {
    const auto signers = in_order_of_signing(keys);
    if (signers.empty()) return nullptr;
    const auto later =
        std::find_if(signers.begin(), signers.end(), [now](const StoredKey* key) { return *key->signs_from > now; });
    // Before anybody's time: a clock that was set back leaves the eldest signing, rather than nobody.
    return later == signers.begin() ? signers.front() : *(later - 1);
}

const StoredKey* find_last_signer(const Keys& keys) {
    const auto signers = in_order_of_signing(keys);
    return signers.empty() ? nullptr : signers.back();
}

bool verifies(const StoredKey& key, Time now) {
    return !key.dropped_at && (!key.verifies_until || now < *key.verifies_until);
}

void settle(Keys& keys, std::chrono::seconds lifetime, Time now) {
    const auto signers = in_order_of_signing(keys);
    for (std::size_t i = 0; i + 1 < signers.size(); ++i) {
        auto& until = signers[i]->verifies_until;
        const Time wanted = last_token_runs_out(*signers[i + 1]->signs_from, lifetime);
        // Once said, the end only moves to a later time, and only to one that is still ahead.
        if (!until || (*until < wanted && now < wanted)) until = wanted;
    }
    // If a successor was withdrawn, the end that it had given to this key is taken back.
    if (!signers.empty()) signers.back()->verifies_until.reset();
}

void insert(Keys& keys, StoredKey key) {
    const auto behind =
        std::find_if(keys.begin(), keys.end(), [&key](const StoredKey& other) { return key.kid < other.kid; });
    keys.insert(behind, std::move(key));
}

void withdraw(StoredKey& key, std::chrono::seconds lifetime, Time now) {
    key.signs_from.reset();
    key.verifies_until = last_token_runs_out(now, lifetime);
}

void wipe(StoredKey& key, std::chrono::seconds lifetime, Time now) {
    withdraw(key, lifetime, now);
    key.dropped_at = now;
    // Not even the sealed private half is left to be opened.
    key.sealed.clear();
}

void purge(Keys& keys, Time now) {
    std::erase_if(keys, [now](const StoredKey& key) {
        return key.verifies_until && *key.verifies_until + keys_remembered < now;
    });
}

std::string why_refused(const Keys& keys, std::string_view kid, Time now) {
    const StoredKey* const key = find_key(keys, kid);
    if (!key || verifies(*key, now)) return {};
    if (key->dropped_at) return "the key was dropped at " + rfc3339(*key->dropped_at);
    return "the key was retired, and its last token ran out at " + rfc3339(*key->verifies_until);
}

}  // namespace keyhold::domain
