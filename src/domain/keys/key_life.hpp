// SPDX-License-Identifier: Apache-2.0
// The life of a signing key, by its times alone: nobody has to come by at the right moment to change it.
//
//   made ── published ahead ──> signs ── its successor signs ──> verifies until its last token ran out
//
// What follows takes all keys as store::KeyStore::all() orders them, and leaves them in that order.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/access/key_store.hpp"

namespace keyhold::domain {

using store::StoredKey;
using Keys = std::vector<StoredKey>;

// How long a key is published before it signs, where others may keep the set of public keys for `jwks_max_age`: whoever
// fetched it just before has fetched it again by then. The rest is for clocks that tick in seconds and for answers on
// their way.
constexpr std::chrono::seconds published_ahead(std::chrono::seconds jwks_max_age) {
    return jwks_max_age + std::chrono::seconds(10);
}

// Two processes' clocks may differ by so much.
inline constexpr std::chrono::seconds clock_difference{60};

// How long what has run out or was dropped can still be explained.
inline constexpr std::chrono::seconds keys_remembered{86'400};

enum class KeyState {
    next,     // published, does not sign yet
    signing,  //
    retired,  // verifies only
    expired,  // does not even verify: its last token has run out
    dropped,  // does not verify, whatever its tokens say
};
std::string_view name_of(KeyState state);

KeyState state_of(const Keys& keys, const StoredKey& key, Time now);

// Null for a kid that nobody has.
StoredKey* find_key(Keys& keys, std::string_view kid);
const StoredKey* find_key(const Keys& keys, std::string_view kid);

// The one that signs: the youngest whose time has come; before anybody's time the eldest. Null if none ever signs.
const StoredKey* find_signer(const Keys& keys, Time now);
// The one that signs in the end, as far as is known today.
// Null if there is no key that signs at some time.
const StoredKey* find_last_signer(const Keys& keys);

// Whether a token under this key is accepted.
bool verifies(const StoredKey& key, Time now);

// `verifies_until` of each key that has a successor: until its last token has run out, `lifetime` after the successor
// begins. Never earlier than it was said before. The last one verifies without end.
void settle(Keys& keys, std::chrono::seconds lifetime, Time now);

// At its place in the order of kids, as store::KeyStore::all() gives them.
void insert(Keys& keys, StoredKey key);

// No longer signs, and verifies until its last token has run out.
void withdraw(StoredKey& key, std::chrono::seconds lifetime, Time now);

// Over at once: nothing of the key is left but its name.
void wipe(StoredKey& key, std::chrono::seconds lifetime, Time now);

// Without those that are over for so long that nobody asks for them.
void purge(Keys& keys, Time now);

// Why tokens under this key are refused, for a person who asks: "the key was dropped at 2026-11-24T05:00:00Z". Empty if
// they are not, or nobody knows the kid.
std::string why_refused(const Keys& keys, std::string_view kid, Time now);

}  // namespace keyhold::domain
