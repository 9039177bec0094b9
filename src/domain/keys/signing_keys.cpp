// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/signing_keys.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace keyhold::domain {

namespace {

// So a thread knows by the number alone whether the snapshot that it keeps is the newest of the object that it asks.
std::uint64_t next_version() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

PublishedKeys publish(const jose::KeySet& keys) {
    PublishedKeys published{keys.public_jwks(), {}};
    // 132 bits of the digest: more than enough to tell two sets apart.
    published.etag = '"' + base64url::encode(crypto::sha256(published.json)).substr(0, 22) + '"';
    return published;
}

}  // namespace

SigningKeys::SigningKeys(jose::Key secret) : secret_(std::move(secret)), version_(0) {
    newest_ = build(Time());
    version_ = newest_->version;
}

SigningKeys::SigningKeys(KeyRing& ring, std::optional<jose::Key> secret, std::size_t remembered_signatures,
                         Trouble trouble, const std::vector<KeyRing*>& of_id_tokens)
    : secret_(std::move(secret)),
      remembered_signatures_(remembered_signatures),
      trouble_(std::move(trouble)),
      version_(next_version()) {
    rings_.push_back({&ring});
    for (KeyRing* const one : of_id_tokens) rings_.push_back({one});
}

// False if some key cannot be opened.
bool SigningKeys::load(Ring& ring, Keys found) {
    bool all_opened = true;
    std::vector<Loaded> loaded;
    for (StoredKey& stored : found) {
        if (stored.dropped_at) continue;
        // One that is known already keeps what it remembers of good signatures.
        const auto known = std::find_if(ring.loaded.begin(), ring.loaded.end(), [&stored](const Loaded& other) {
            return other.stored.sealed == stored.sealed && other.stored.kid == stored.kid;
        });
        if (known != ring.loaded.end()) {
            loaded.push_back({std::move(stored), known->key.share()});
            continue;
        }
        auto key = ring.ring->open(stored);
        if (!key) {
            // One key that cannot be opened does not stop the others.
            all_opened = false;
            trouble_("the key " + stored.kid + " was sealed under another key file or passphrase, and is not used");
            continue;
        }
        if (remembered_signatures_ != 0) key->remember_signatures(remembered_signatures_);
        loaded.push_back({std::move(stored), std::move(*key)});
    }
    ring.loaded = std::move(loaded);
    return all_opened;
}

bool SigningKeys::reload() {
    if (rings_.empty()) return true;
    // The database is asked without `mutex_`, so that readers of the old snapshot do not wait for it.
    const std::lock_guard reading(reading_);
    std::vector<Keys> found;
    for (const Ring& ring : rings_) found.push_back(ring.ring->list());
    if (find_last_signer(found.front()) == nullptr) {  // a restore dropped all of them while we run
        rings_.front().ring->begin();
        found.front() = rings_.front().ring->list();
    }
    const std::lock_guard lock(mutex_);
    bool all_opened = true;
    for (std::size_t i = 0; i < rings_.size(); ++i) all_opened = load(rings_[i], std::move(found[i])) && all_opened;
    // Built anew by the first thread that asks, at its time.
    newest_.reset();
    version_ = next_version();
    return all_opened;
}

const jose::Key* SigningKeys::find_id_token_signer(std::string_view algorithm, Time now) {
    return snapshot(now).id_token_signers.find(algorithm, std::nullopt);
}

const SigningKeys::Snapshot& SigningKeys::snapshot(Time now) {
    // A thread's own: an atomic shared_ptr that all of them read is a lock that all of them wait for.
    static thread_local std::shared_ptr<const Snapshot> mine;
    // The thread's own snapshot stays alive until this thread replaces it, so references into it stay good until this
    // thread asks again.
    if (!mine || mine->version != version_.load() || mine->good_until <= now) mine = renew(now);
    return *mine;
}

std::shared_ptr<const SigningKeys::Snapshot> SigningKeys::renew(Time now) {
    const std::lock_guard lock(mutex_);
    // One thread builds it; the others find it when they get the lock.
    if (!newest_ || newest_->good_until <= now) {
        newest_ = build(now);
        version_ = newest_->version;
    }
    return newest_;
}

std::shared_ptr<const SigningKeys::Snapshot> SigningKeys::build(Time now) const {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->version = next_version();
    snapshot->good_until = Time::max();
    const auto until = [&](std::optional<Time> time) {
        // The next moment at which a key begins or ends: the snapshot is good until then.
        if (time && *time > now) snapshot->good_until = std::min(snapshot->good_until, *time);
    };
    // The signer of a ring first, if it has one, then those that still verify or will sign.
    const auto add_all = [&](const Ring& ring, jose::KeySet& into) -> const jose::Key* {
        Keys keys;
        for (const Loaded& loaded : ring.loaded) keys.push_back(loaded.stored);
        const StoredKey* const signer = find_signer(keys, now);
        const jose::Key* signing = nullptr;
        for (const bool the_signer : {true, false})
            for (const Loaded& loaded : ring.loaded) {
                if ((signer != nullptr && signer->kid == loaded.stored.kid) != the_signer) continue;
                if (!the_signer && !verifies(loaded.stored, now)) continue;
                if (the_signer) signing = &loaded.key;
                into.add(loaded.key.share());
                until(loaded.stored.signs_from);
                until(loaded.stored.verifies_until);
            }
        return signing;
    };
    for (const Ring& ring : rings_) {
        const bool of_access_tokens = &ring == &rings_.front();
        const jose::Key* const signing = add_all(ring, of_access_tokens ? snapshot->verifying : snapshot->of_id_tokens);
        if (!of_access_tokens && signing != nullptr) snapshot->id_token_signers.add(signing->share());
    }
    if (!rings_.empty() && snapshot->verifying.empty()) throw std::runtime_error("there is no key that signs");
    jose::KeySet all;
    for (const auto* const keys : {&snapshot->verifying, &snapshot->of_id_tokens})
        for (const jose::Key& key : keys->keys()) all.add(key.share());
    snapshot->published = publish(all);
    if (secret_) snapshot->verifying.add(secret_->share());
    return snapshot;
}

}  // namespace keyhold::domain
