// SPDX-License-Identifier: Apache-2.0
#include "domain/client_authentication.hpp"

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

// About 100 KiB. Only who has a right secret adds one.
constexpr std::size_t most_known = 1024;

std::string place_of(std::string_view id, std::string_view digest, std::string_view address) {
    const auto parsed = IpAddress::parse(address);
    std::string text(digest);  // 32 bytes: what follows cannot run into it
    text.append(id).append("\0", 1);
    if (parsed) text.append(parsed->network().bytes());
    return crypto::sha256(text);
}

}  // namespace

std::optional<std::string> ClientAuthentication::digest_of(std::string_view id) const {
    if (const auto digest = clients_.get().digest_of(id)) return std::string(*digest);
    const auto client = stored_ != nullptr && !id.empty() ? stored_->find(id) : std::nullopt;
    if (!client || client->secret_digest.empty() || client->proves_itself_by_key()) return std::nullopt;
    return base64url::decode(client->secret_digest);
}

bool ClientAuthentication::has_proof(std::string_view id) const {
    if (clients_.get().digest_of(id)) return true;
    const auto client = stored_ != nullptr && !id.empty() ? stored_->find(id) : std::nullopt;
    return client && (!client->secret_digest.empty() || client->proves_itself_by_key());
}

Result<> ClientAuthentication::authenticate(std::string_view id, const Secret& secret, std::string_view address) {
    static const std::string nothing(32, '\0');  // no secret has this digest
    const auto digest = digest_of(id);
    const std::string place = place_of(id, digest.value_or(""), address);
    bool is_known = false;
    {
        const std::lock_guard lock(mutex_);
        is_known = digest && known_.contains(place);
    }
    auto attempt =
        throttle_.begin_client(digest ? id : "", is_known ? ClientPlace::known : ClientPlace::new_to_us, address);
    if (!crypto::equal(crypto::sha256(secret.reveal()), digest.value_or(nothing)) || !digest) {
        if (auto counted = throttle_.failed(std::move(attempt), id); !counted) return counted;
        return errors::invalid_client;
    }
    if (auto counted = throttle_.succeeded(std::move(attempt)); !counted) return counted;
    if (is_known) return {};
    const std::lock_guard lock(mutex_);
    if (known_.size() >= most_known) known_.erase(known_.begin());
    known_.insert(place);
    return {};
}

}  // namespace keyhold::domain
