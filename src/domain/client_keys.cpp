// SPDX-License-Identifier: Apache-2.0
#include "domain/client_keys.hpp"

#include <algorithm>

#include "base/errors.hpp"

namespace keyhold::domain {
namespace {

using std::chrono::seconds;

// A client that has other keys waits no longer than this, if it does not name them (`kid`).
constexpr seconds good_for{600};
constexpr seconds between_fetches{30};
constexpr std::size_t most_entries = 1024;  // a few KiB each
// Each occupies a thread for seconds where nobody answers; the others go on.
constexpr int most_fetches = 4;

Error refuse(std::string why) { return {errors::validation_failed, std::move(why)}; }

}  // namespace

Result<jose::KeySet> parse_client_keys(std::string_view jwks) {
    auto keys = jose::KeySet::parse(jwks);
    if (!keys) return refuse("jwks: " + std::string(keys.error().detail()));
    for (const jose::Key& key : keys->keys())
        if (key.is_symmetric() || key.can_sign())
            return refuse("jwks: a secret or a private key, which are nobody's but the client's");
    return keys;
}

// Whether this thread is to fetch them; `known` are those that are there.
bool ClientKeys::begin_fetch(const RegisteredClient& client, Look look, std::shared_ptr<const jose::KeySet>& known) {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    if (entries_.size() >= most_entries && !entries_.contains(client.id)) entries_.erase(entries_.begin());
    Entry& entry = entries_[client.id];
    if (entry.uri != client.jwks_uri) entry = {client.jwks_uri, nullptr, Time()};
    known = entry.keys;
    const auto age = now < entry.asked_at ? seconds(0) : now - entry.asked_at;
    if (age < between_fetches || (look == Look::remembered && known && age < good_for)) return false;
    if (fetching_ >= most_fetches) return false;
    entry.asked_at = now;
    ++fetching_;
    return true;
}

std::shared_ptr<const jose::KeySet> ClientKeys::of(const RegisteredClient& client, Look look) {
    if (!client.jwks.empty()) {
        if (look == Look::again) return nullptr;  // it has no others
        auto keys = parse_client_keys(client.jwks);
        return keys ? std::make_shared<const jose::KeySet>(std::move(*keys)) : nullptr;
    }
    if (client.jwks_uri.empty()) return nullptr;
    std::shared_ptr<const jose::KeySet> known;
    if (!begin_fetch(client, look, known)) return look == Look::again ? nullptr : known;
    const auto text = fetch_(client);
    auto keys = parse_client_keys(text.value_or(""));
    const std::lock_guard lock(mutex_);
    --fetching_;
    if (!keys) return known;  // better those of ten minutes ago than none
    const auto fresh = std::make_shared<const jose::KeySet>(std::move(*keys));
    if (const auto entry = entries_.find(client.id); entry != entries_.end() && entry->second.uri == client.jwks_uri)
        entry->second.keys = fresh;
    return fresh;
}

}  // namespace keyhold::domain
