// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_keys.hpp"

#include <algorithm>

#include "base/errors.hpp"
#include "base/json.hpp"
#include "jose/key_text.hpp"

namespace keyhold::domain {
namespace {

using std::chrono::seconds;

// A client that has other keys waits no longer than this, if it does not name them (`kid`).
constexpr seconds good_for{600};
constexpr seconds between_fetches{30};
constexpr std::size_t most_entries = 1024;  // a few KiB each, for each share
// Each occupies a thread for seconds where nobody answers; the others go on.
constexpr int most_fetches = 4, most_fetches_of_strangers = 2;

constexpr std::size_t most_keys = 10;
constexpr std::size_t longest_modulus = 683;  // 4096 bits in base64url

Error refuse_keys(std::string why) { return {errors::validation_failed, std::move(why)}; }

// Before any key is looked at: a check of one takes a power modulo n, 30 ms of CPU at 4096 bits and 1 s at 16384.
Result<> check_cost(std::string_view jwks) {
    json::Document document;
    const auto root = document.parse(jwks);
    const auto keys = root ? root->find("keys") : std::nullopt;
    if (!keys) return refuse_keys("jwks: " + jose::sentence_of_key_text(jwks, "a JWK Set"));
    if (keys->type() != json::Type::array) return refuse_keys("jwks: its keys are no array");
    std::size_t count = 0;
    for (auto key = keys->first(); key; key = key->next()) {
        if (++count > most_keys) return refuse_keys("jwks: more than 10 keys");
        const auto modulus = key->find("n");
        if (modulus && modulus->is_string() && modulus->string()->size() > longest_modulus)
            return refuse_keys("jwks: an RSA key of more than 4096 bits");
    }
    return {};
}

}  // namespace

Result<jose::KeySet> parse_client_keys(std::string_view jwks) {
    if (auto cost = check_cost(jwks); !cost) return std::move(cost).error();
    auto keys = jose::KeySet::parse(jwks);
    if (!keys) return refuse_keys("jwks: " + std::string(keys.error().detail()));
    for (const jose::Key& key : keys->keys())
        if (key.is_symmetric() || key.can_sign())
            return refuse_keys("jwks: a secret or a private key, which are nobody's but the client's");
    return keys;
}

// Whether this thread is to fetch them; `known` are those that are there.
bool ClientKeys::begin_fetch(const RegisteredClient& client, Look look, std::shared_ptr<const jose::KeySet>& known) {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    Entry& entry = entry_of(client, client.jwks_uri);
    known = entry.keys;
    // A clock that was set back: as if it had just been asked.
    const auto age = now < entry.asked_at ? seconds(0) : now - entry.asked_at;
    // Also for whoever finds nothing: a URI that answers with no keys is asked twice a minute at most.
    if (age < between_fetches || (look == Look::remembered && known && age < good_for)) return false;
    Share& share = share_of(client);
    if (share.fetching >= (client.registered_itself() ? most_fetches_of_strangers : most_fetches)) return false;
    // Noted before the answer, so that one thread asks and the others go on with what there is.
    entry.asked_at = now;
    ++share.fetching;
    return true;
}

ClientKeys::Entry& ClientKeys::entry_of(const RegisteredClient& client, const std::string& source) {
    auto& entries = share_of(client).entries;
    // An arbitrary client's keys go, and are fetched or read again.
    if (entries.size() >= most_entries && !entries.contains(client.id)) entries.erase(entries.begin());
    Entry& entry = entries[client.id];
    // The client registered other keys, or another URI: what was known of it is worth nothing.
    if (entry.source != source) entry = {source, nullptr, Time()};
    return entry;
}

// A key is checked when it is read, which takes longer than a signature.
std::shared_ptr<const jose::KeySet> ClientKeys::registered_with(const RegisteredClient& client) {
    {
        const std::lock_guard lock(mutex_);
        if (auto known = entry_of(client, client.jwks).keys) return known;
    }
    // Without the lock, as it takes milliseconds of computing.
    auto parsed = parse_client_keys(client.jwks);
    if (!parsed) return nullptr;
    auto keys = std::make_shared<const jose::KeySet>(std::move(*parsed));
    const std::lock_guard lock(mutex_);
    return entry_of(client, client.jwks).keys = std::move(keys);
}

std::shared_ptr<const jose::KeySet> ClientKeys::of(const RegisteredClient& client, Look look) {
    if (!client.jwks.empty()) return look == Look::again ? nullptr : registered_with(client);  // it has no others
    if (client.jwks_uri.empty()) return nullptr;
    std::shared_ptr<const jose::KeySet> known;
    if (!begin_fetch(client, look, known)) return look == Look::again ? nullptr : known;
    // Gives the place among the fetches back also if the fetch throws.
    struct Fetching {
        std::mutex& mutex;
        Share& share;
        ~Fetching() {
            const std::lock_guard lock(mutex);
            --share.fetching;
        }
    };
    Share& share = share_of(client);
    const Fetching fetching{mutex_, share};
    // Without the lock: it may take seconds.
    const auto text = fetch_(client);
    auto keys = parse_client_keys(text.value_or(""));
    const std::lock_guard lock(mutex_);
    if (!keys) return known;  // better those of ten minutes ago than none
    const auto fresh = std::make_shared<const jose::KeySet>(std::move(*keys));
    const auto entry = share.entries.find(client.id);
    // The entry may have gone or be of another URI by now.
    if (entry != share.entries.end() && entry->second.source == client.jwks_uri) entry->second.keys = fresh;
    return fresh;
}

bool ClientKeys::have_signed(const jose::Compact& text, const RegisteredClient& client) {
    for (const auto look : {Look::remembered, Look::again}) {
        const auto keys = of(client, look);
        if (keys && jose::verify_signature(text, *keys)) return true;
    }
    return false;
}

}  // namespace keyhold::domain
