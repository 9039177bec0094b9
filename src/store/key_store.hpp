// What the domain asks of a database about signing keys. Every function may throw Unavailable and may be called from
// any thread. What returned is on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/account_store.hpp"

namespace keyhold::store {

struct StoredKey {
    std::string kid;
    std::string algorithm;  // "ES256"
    std::string sealed;     // the private half, readable by domain/key_sealer.hpp alone; empty once it was dropped
    Time created_at{};
    std::optional<Time> signs_from;      // empty: never again
    std::optional<Time> verifies_until;  // not after this; empty: there is no successor yet
    std::optional<Time> dropped_at;      // not even that

    bool operator==(const StoredKey&) const = default;
};

class KeyStore {
public:
    virtual ~KeyStore() = default;

    // By their kid. There are a handful.
    virtual std::vector<StoredKey> all() = 0;

    // Makes `wanted` out of `known`, all or nothing; false, and nothing is changed, if somebody else came first and
    // `known` is not what there is any more. Both as all() orders them. Every process on this database has heard of it
    // when it returns (change_store.hpp).
    virtual bool replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted) = 0;
};

}  // namespace keyhold::store
