// SPDX-License-Identifier: Apache-2.0
// How much one address may cause that costs something (failed log-ins, rows of a database): a token bucket each (IPv6:
// each /64, which is what one customer gets). In memory, bounded; a restart fills the buckets, but not those of the
// accounts (throttle.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace keyhold::domain {

// Any thread.
class AddressAllowance {
public:
    // `burst` tokens, of which `per_minute` come back; a burst of 0 is no limit.
    // `burst` is what a full bucket holds. `per_minute` below 1 counts as 1.
    AddressAllowance(std::int64_t burst, std::int64_t per_minute);

    // How long until there is a token; zero if there is one.
    std::chrono::seconds wait(const IpAddress& address, Time now);

    enum class Took : std::uint8_t { token, last_token, nothing };
    // Takes one, if there is one. `last_token` is said once for each time that a full bucket was emptied.
    Took take(const IpAddress& address, Time now);

    // Takes one for whoever asks from there, as text; what is no address is nobody's. Refused: with the row, and when
    // to come again. `policy` says what is counted, in static text.
    Result<> spend(std::string_view address, Time now, Errc refusal, std::string_view policy);

    std::int64_t burst() const { return burst_; }
    // In which an empty bucket is full again.
    std::chrono::seconds window() const;

private:
    struct Bucket {
        std::chrono::milliseconds full_at{};  // since 1970; each token that was taken moves it
        bool emptied = false;                 // and not full since
    };
    void cap(Bucket& bucket, std::chrono::milliseconds now) const;
    // How long a bucket has yet to fill for one more token to be there.
    std::chrono::milliseconds missing(const Bucket& bucket, std::chrono::milliseconds now) const;
    void make_room(std::chrono::milliseconds now);

    const std::int64_t burst_;
    const std::chrono::milliseconds per_token_;
    std::mutex mutex_;                                                // of what follows
    std::unordered_map<IpAddress, Bucket, IpAddress::Hash> buckets_;  // those that are not full
};

}  // namespace keyhold::domain
