// SPDX-License-Identifier: Apache-2.0
// Under what session tickets are sealed (RFC 5077 §4). Under TLS 1.2 a ticket holds the secret of its very connection,
// so whoever gets the key reads what was sent under its tickets. It lives for a day, and for another one as the older
// of the two: RFC 9325 §3.4 has such keys changed regularly, or there is no forward secrecy.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>

namespace keyhold::http {

// Any thread.
class TicketKeys {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::hours lifetime{24};

    struct Key {
        std::array<unsigned char, 16> name;    // tells which one a ticket is of, and nothing else
        std::array<unsigned char, 32> cipher;  // AES-256
        std::array<unsigned char, 32> mac;     // HMAC-SHA256
        Time made_at;
        ~Key();  // wiped, as every copy of it
    };

    // Under which tickets are made now; a new one, if the last is a day old. Empty if there is no randomness.
    std::optional<Key> current(Time now);
    // That of a ticket that is shown, unless it is over.
    std::optional<Key> find(std::span<const unsigned char, 16> name, Time now);

private:
    // Takes keys out of use whose time is over. Under mutex_.
    void renew(Time now);

    std::mutex mutex_;  // of what follows
    std::optional<Key> current_, previous_;
};

}  // namespace keyhold::http
