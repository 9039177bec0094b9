// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_authentication.hpp"

#include <chrono>

#include "base/base64url.hpp"
#include "base/waiting.hpp"
#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/liveness.hpp"

namespace keyhold::domain {

namespace {

// About 100 KiB, twice. Only who has a right secret adds one.
constexpr std::size_t most_known = 1024;
constexpr std::chrono::seconds longest_clear{10};

// The same client at the same network, as memory knows it.
std::string digest_of_client_at(std::string_view id, std::string_view digest, std::string_view address) {
    const auto parsed = IpAddress::parse(address);
    // The digest is in it, so that a client with a new secret is a stranger again at every address.
    std::string text(digest);  // 32 bytes: what follows cannot run into it
    text.append(id).append("\0", 1);
    if (parsed) text.append(parsed->network().bytes());
    return crypto::sha256(text);
}

}  // namespace

std::optional<ClientAuthentication::Proof> ClientAuthentication::proof_of(std::string_view id) const {
    if (const auto digest = clients_.get().digest_of(id)) return Proof{.digest = std::string(*digest)};
    const auto client = registered_ != nullptr ? registered_->share(id) : nullptr;
    // A client with keys has no secret, and one with a secret proves nothing by keys (RFC 7591 §2,
    // token_endpoint_auth_method).
    if (!client || client->secret_digest.empty() || client->proves_itself_by_key()) return std::nullopt;
    auto digest = base64url::decode(client->secret_digest);
    if (!digest) return std::nullopt;
    return Proof{.digest = *std::move(digest), .is_strangers = client->registered_itself()};
}

std::optional<ClientAuthentication::Proof> ClientAuthentication::proof_of_keys(std::string_view id) const {
    const auto client = registered_ != nullptr && !id.empty() ? registered_->share(id) : nullptr;
    if (!client || !client->proves_itself_by_key()) return std::nullopt;
    return Proof{.digest = crypto::sha256(client->jwks.empty() ? client->jwks_uri : client->jwks),
                 .is_strangers = client->registered_itself()};
}

bool ClientAuthentication::has_proof(std::string_view id) const {
    if (clients_.get().digest_of(id)) return true;
    const auto client = registered_ != nullptr ? registered_->share(id) : nullptr;
    return client != nullptr && (!client->secret_digest.empty() || client->proves_itself_by_key());
}

Result<> ClientAuthentication::authenticate(std::string_view id, const Secret& secret, std::string_view address) {
    // Compared all the same, so that an unknown id takes as long as a known one.
    static const std::string nothing(32, '\0');  // no secret has this digest
    const auto proof = proof_of(id);
    const bool is_equal = crypto::equal(crypto::sha256(secret.reveal()), proof ? proof->digest : nothing);
    return settle(id, proof, is_equal && proof ? ClientSecret::right : ClientSecret::wrong, address);
}

Result<> ClientAuthentication::settle_assertion(std::string_view id, ClientSecret assertion, std::string_view address) {
    return settle(id, proof_of_keys(id), assertion, address);
}

void ClientAuthentication::remember(Liveness& liveness, const Clock& clock) {
    liveness_ = &liveness;
    clock_ = &clock;
    // Whichever it was: failures where a client was clear are rare.
    liveness.on_client_changed([clear = clear_](std::string_view) {
        const std::lock_guard lock(clear->mutex);
        clear->until.clear();
        ++clear->moment;
    });
}

void ClientAuthentication::Clear::forget(std::string_view client_at) {
    const std::lock_guard lock(mutex);
    if (const auto found = until.find(client_at); found != until.end()) until.erase(found);
    ++moment;
}

bool ClientAuthentication::is_clear(const std::string& client_at) {
    if (liveness_ == nullptr) return false;
    liveness_->follow();  // a failure that another node has counted is known before the look
    const Time now = clock_->now();
    const std::lock_guard lock(clear_->mutex);
    const auto found = clear_->until.find(client_at);
    return found != clear_->until.end() && now < found->second;
}

std::uint64_t ClientAuthentication::moment_of_clear() {
    const std::lock_guard lock(clear_->mutex);
    return clear_->moment;
}

void ClientAuthentication::remember_clear(const std::string& client_at, std::uint64_t moment) {
    if (liveness_ == nullptr) return;
    const Time until = clock_->now() + longest_clear;
    const std::lock_guard lock(clear_->mutex);
    if (clear_->moment != moment) return;
    if (clear_->until.size() >= most_known) clear_->until.erase(clear_->until.begin());
    clear_->until[client_at] = until;
}

// `proof` is empty if there is nothing that anybody could prove by that id.
Result<> ClientAuthentication::settle(std::string_view id, const std::optional<Proof>& proof, ClientSecret shown,
                                      std::string_view address) {
    const std::string client_at = digest_of_client_at(id, proof ? proof->digest : "", address);
    // A failure is known from here on, before it is counted and before it may have to wait for another thread: whoever
    // shows the right secret behind it waits in turn, and does not overtake it (docs/decisions/0056-turns.md).
    if (shown == ClientSecret::wrong)
        clear_->forget(client_at);
    else if (proof && is_clear(client_at))
        return {};
    about_to_wait();
    const std::uint64_t moment = moment_of_clear();
    auto& known = proof && proof->is_strangers ? known_of_strangers_ : known_;
    bool is_known = false;
    {
        const std::lock_guard lock(mutex_);
        is_known = proof && known.contains(client_at);
    }
    // A client asks many times a second, and not one after the other.
    auto attempt =
        // Ids that nobody has are held against the address alone: the throttle keeps no row of them.
        throttle_.begin_client(proof ? id : "", is_known ? ClientPlace::known : ClientPlace::new_to_us, address, shown);
    if (shown == ClientSecret::wrong) {
        if (auto counted = throttle_.failed(std::move(attempt), id); !counted) return counted;
        return errors::invalid_client;
    }
    const auto found = throttle_.client_succeeded(std::move(attempt));
    if (!found) return found.error();
    if (*found == Throttle::Found::nothing) remember_clear(client_at, moment);
    if (is_known) return {};
    const std::lock_guard lock(mutex_);
    // An arbitrary one goes; its client counts as new from that network, which costs nothing while no lock is on.
    if (known.size() >= most_known) known.erase(known.begin());
    known.insert(client_at);
    return {};
}

}  // namespace keyhold::domain
