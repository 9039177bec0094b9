// What the domain asks of a database about one-time secrets: invitations today, whatever is sent to somebody to be
// shown once. Only digests are kept. Every function may throw Unavailable and may be called from any thread. What
// returned is on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace keyhold::store {

struct OneTimeSecret {
    std::string digest;
    std::string purpose;     // "invite"; a secret of one purpose is none of another
    std::string account_id;  // whose it is, or who used it; empty: nobody's yet
    std::string address;     // that it was sent to; empty: none
    std::int64_t attempts = 0;
    Time expires_at{};
    std::optional<Time> used_at;

    bool operator==(const OneTimeSecret&) const = default;
};

// The use of one, within a transaction that does what it is for.
struct SecretUse {
    std::string digest, purpose;
    Time now;
};

class SecretStore {
public:
    virtual ~SecretStore() = default;

    virtual void add(const OneTimeSecret& secret) = 0;
    virtual std::optional<OneTimeSecret> find(std::string_view digest, std::string_view purpose) = 0;

    // Deletes what expired before `time`, at most `limit` at a time. How many there were.
    virtual std::int64_t purge(Time time, std::int64_t limit) = 0;
};

}  // namespace keyhold::store
