// SPDX-License-Identifier: Apache-2.0
#include "http/connection/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace keyhold::http {
namespace {

// RAND_priv_bytes and not RAND_bytes, since what comes out must stay secret (RAND_bytes(3)).
template <std::size_t size>
bool fill(std::array<unsigned char, size>& bytes) {
    return ::RAND_priv_bytes(bytes.data(), static_cast<int>(size)) == 1;
}

}  // namespace

TicketKeys::Key::~Key() {
    ::OPENSSL_cleanse(cipher.data(), cipher.size());
    ::OPENSSL_cleanse(mac.data(), mac.size());
}

// Of keys that nobody has asked for since, the older one goes too.
// Under mutex_. By a steady clock, so that a clock that is set back does not prolong a key's life.
void TicketKeys::renew(Time now) {
    if (previous_ && now - previous_->made_at >= 2 * lifetime) previous_.reset();
    if (!current_ || now - current_->made_at < lifetime) return;
    previous_.reset();
    if (now - current_->made_at < 2 * lifetime) previous_ = current_;
    current_.reset();
}

std::optional<TicketKeys::Key> TicketKeys::current(Time now) {
    const std::lock_guard lock(mutex_);
    renew(now);
    if (!current_) {
        Key made{.name = {}, .cipher = {}, .mac = {}, .made_at = now};
        if (fill(made.name) && fill(made.cipher) && fill(made.mac)) current_ = made;
    }
    return current_;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::span<const unsigned char, 16> name, Time now) {
    const std::lock_guard lock(mutex_);
    renew(now);
    for (const auto* const key : {&current_, &previous_})
        if (*key && std::ranges::equal((*key)->name, name)) return *key;
    return std::nullopt;
}

}  // namespace keyhold::http
