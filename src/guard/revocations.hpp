// SPDX-License-Identifier: Apache-2.0
// Which tokens are over before they expire, as far as the issuer's feed has told (docs/revocations.md).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>

#include "base/json.hpp"
#include "guard/fingerprints.hpp"

namespace keyhold::guard {

// What of a token a revocation may name.
struct RevocableToken {
    std::optional<Fingerprint> session;  // of `sid`
    Fingerprint account = 0;             // of `sub`
    std::int64_t issued_at = 0;          // `iat`, in seconds since 1970; a token that does not say is as old as can be
    bool has_rights = false;             // it has `scope` or `roles`
};
RevocableToken revocable(const json::Value& claims);

// One answer of the feed, whose signature was checked. The views are the caller's.
struct FeedPage {
    std::optional<std::int64_t> after;
    std::int64_t last = 0;
    bool is_whole = false, is_more = false, keys_changed = false;
    std::chrono::seconds keep{};
    std::int64_t roles_changed_at = 0, valid_from = 0;  // seconds since 1970; 0: none
    std::string_view sessions, accounts;                // 8 bytes each; 16
};
// Empty for claims that are not of the feed, or do not fit the bytes.
std::optional<FeedPage> read_feed_page(const json::Value& claims, std::string_view bytes);

// Any thread asks, one applies. An entry is forgotten when no token can be good any more that it is about.
class Revocations {
public:
    using Time = std::chrono::steady_clock::time_point;

    // `now` of the steady clock. Not for two threads at once.
    void apply(const FeedPage& page, Time now);

    // Moves with all that is_over() may answer otherwise: who has asked about a token needs not ask again before.
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    bool is_over(const RevocableToken& token) const;

    std::size_t sessions() const;
    std::size_t bytes() const;  // of memory, about

private:
    // What came in the same stretch of time is forgotten at once.
    struct Generation {
        Fingerprints<Fingerprint> sessions;
        Fingerprints<DatedFingerprint> accounts;
        Time begun{};
    };
    // Each is filled for a third of the time for which entries matter, and kept for four thirds behind that.
    struct Known {
        std::array<Generation, 5> generations;
        std::size_t newest = 0;
        std::int64_t roles_changed_at = 0, valid_from = 0;
        // The one that is filled at `now`; begins the next one, which forgets what it held, when its time is over.
        Generation& current(Time now, std::chrono::seconds keep);
    };

    mutable std::shared_mutex mutex_;  // of what follows
    Known known_;
    std::unique_ptr<Known> next_;             // where the feed begins anew: takes the other's place when it is complete
    std::atomic<std::uint64_t> version_ = 1;  // written under mutex_
};

}  // namespace keyhold::guard
