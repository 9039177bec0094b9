// SPDX-License-Identifier: Apache-2.0
#include "domain/signing_keys.hpp"

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
    published.etag = '"' + base64url::encode(crypto::sha256(published.json)).substr(0, 22) + '"';
    return published;
}

}  // namespace

SigningKeys::SigningKeys(jose::Key secret) : secret_(std::move(secret)), version_(0) {
    newest_ = build(Time());
    version_ = newest_->version;
}

SigningKeys::SigningKeys(KeyRing& ring, std::optional<jose::Key> secret, std::size_t remembered_signatures,
                         Trouble trouble)
    : ring_(&ring),
      secret_(std::move(secret)),
      remembered_signatures_(remembered_signatures),
      trouble_(std::move(trouble)),
      version_(next_version()) {}

bool SigningKeys::reload() {
    if (ring_ == nullptr) return true;
    const std::lock_guard reading(reading_);
    Keys found = ring_->list();
    if (find_last_signer(found) == nullptr) {  // a restore dropped all of them while we run
        ring_->begin();
        found = ring_->list();
    }
    const std::lock_guard lock(mutex_);
    bool all_opened = true;
    std::vector<Loaded> loaded;
    for (StoredKey& stored : found) {
        if (stored.dropped_at) continue;
        // One that is known already keeps what it remembers of good signatures.
        const auto known = std::find_if(loaded_.begin(), loaded_.end(), [&stored](const Loaded& other) {
            return other.stored.sealed == stored.sealed && other.stored.kid == stored.kid;
        });
        if (known != loaded_.end()) {
            loaded.push_back({std::move(stored), known->key.share()});
            continue;
        }
        auto key = ring_->open(stored);
        if (!key) {
            all_opened = false;
            trouble_("the key " + stored.kid + " was sealed under another key file or passphrase, and is not used");
            continue;
        }
        if (remembered_signatures_ != 0) key->remember_signatures(remembered_signatures_);
        loaded.push_back({std::move(stored), std::move(*key)});
    }
    loaded_ = std::move(loaded);
    newest_.reset();
    version_ = next_version();
    return all_opened;
}

const SigningKeys::Snapshot& SigningKeys::snapshot(Time now) {
    // A thread's own: an atomic shared_ptr that all of them read is a lock that all of them wait for.
    static thread_local std::shared_ptr<const Snapshot> mine;
    if (!mine || mine->version != version_.load() || mine->good_until <= now) mine = renew(now);
    return *mine;
}

std::shared_ptr<const SigningKeys::Snapshot> SigningKeys::renew(Time now) {
    const std::lock_guard lock(mutex_);
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
        if (time && *time > now) snapshot->good_until = std::min(snapshot->good_until, *time);
    };
    Keys keys;
    for (const Loaded& loaded : loaded_) keys.push_back(loaded.stored);
    const StoredKey* const signer = find_signer(keys, now);
    const auto add = [&](bool the_signer) {
        for (const Loaded& loaded : loaded_) {
            if ((signer != nullptr && signer->kid == loaded.stored.kid) != the_signer) continue;
            if (!the_signer && !verifies(loaded.stored, now)) continue;
            snapshot->verifying.add(loaded.key.share());
            until(loaded.stored.signs_from);
            until(loaded.stored.verifies_until);
        }
    };
    add(true);
    add(false);
    if (ring_ != nullptr && snapshot->verifying.empty()) throw std::runtime_error("there is no key that signs");
    if (secret_) snapshot->verifying.add(secret_->share());
    snapshot->published = publish(snapshot->verifying);
    return snapshot;
}

}  // namespace keyhold::domain
