// SPDX-License-Identifier: Apache-2.0
// Which keys sign and verify at a time, for readers on every thread: what they look at never changes under them, and
// costs a memory access to come by.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/keys/key_ring.hpp"
#include "jose/key.hpp"

namespace keyhold::domain {

// The public halves of what signs, will sign and still verifies (RFC 7517 §5).
struct PublishedKeys {
    std::string json;
    std::string etag;  // RFC 9110 §8.8.3, with its quotes
};

// Any thread.
class SigningKeys {
public:
    // A secret that signs and verifies. There is nothing to publish.
    explicit SigningKeys(jose::Key secret);

    // Keys of our own sign and verify; `secret`, if there is one, still verifies. `trouble` hears of keys that cannot
    // be used, on the thread that read them. `of_id_tokens` are rings of keys that sign nothing but ID tokens, one for
    // each algorithm; an access token under one of them is under no key of ours. Call reload() before anything else.
    using Trouble = std::function<void(std::string_view sentence)>;
    SigningKeys(KeyRing& ring, std::optional<jose::Key> secret, std::size_t remembered_signatures, Trouble trouble,
                const std::vector<KeyRing*>& of_id_tokens = {});

    // Reads the keys again, and has one made if none signs: for liveness.on_keys_changed(). Throws Unavailable; then
    // the old ones stay. False if some key that would sign or verify cannot be opened.
    bool reload();

    // All of these stay as they are until the same thread asks again. The first of verifying() signs.
    const jose::KeySet& verifying(Time now) { return snapshot(now).verifying; }
    const jose::Key& signing(Time now) { return verifying(now).signing(); }
    const PublishedKeys& published(Time now) { return snapshot(now).published; }

    // What verifies ID tokens, and what signs one by this algorithm; null until one was made (id_tokens.hpp).
    const jose::KeySet& of_id_tokens(Time now) { return snapshot(now).of_id_tokens; }
    const jose::Key* find_id_token_signer(std::string_view algorithm, Time now);

private:
    struct Snapshot {
        jose::KeySet verifying;
        jose::KeySet of_id_tokens;
        jose::KeySet id_token_signers;
        PublishedKeys published;  // of both
        Time good_until;          // when the next key begins or runs out
        std::uint64_t version = 0;
    };
    struct Loaded {
        StoredKey stored;
        jose::Key key;
    };
    struct Ring {
        KeyRing* ring;
        std::vector<Loaded> loaded = {};  // under mutex_
    };
    bool load(Ring& ring, Keys found);
    const Snapshot& snapshot(Time now);
    std::shared_ptr<const Snapshot> renew(Time now);
    std::shared_ptr<const Snapshot> build(Time now) const;

    const std::optional<jose::Key> secret_;
    const std::size_t remembered_signatures_ = 0;
    const Trouble trouble_;

    std::atomic<std::uint64_t> version_;  // of the newest snapshot; no two of one process have the same
    std::mutex reading_;                  // one thread reads the database; nobody else waits for it
    std::mutex mutex_;                    // of what follows
    std::vector<Ring> rings_;             // the first one is that of access tokens; none where a secret signs
    std::shared_ptr<const Snapshot> newest_;
};

}  // namespace keyhold::domain
