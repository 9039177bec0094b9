// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about signing keys. Every function may throw Unavailable and may be called from
// any thread. What returned is on disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/database/row.hpp"

namespace keyhold::store {

class Database;

struct StoredKey {
    std::string kid;
    std::string algorithm;  // "ES256"
    std::string sealed;     // the private half, readable by domain/keys/key_sealer.hpp alone; empty once it was dropped
    Time created_at{};
    std::optional<Time> signs_from;      // empty: never again
    std::optional<Time> verifies_until;  // not after this; empty: there is no successor yet
    std::optional<Time> dropped_at;      // not even that
    std::string purpose = {};            // what it signs: KeyStore

    bool operator==(const StoredKey&) const = default;
};
KEYHOLD_ROW(StoredKey, (kid), (algorithm), (sealed), (created_at), (signs_from, zero_is_none()),
            (verifies_until, zero_is_none()), (dropped_at, zero_is_none()), (purpose))

// Of one purpose: empty for access tokens, "id_token.RS256" and the like for ID tokens, which stand in a table of their
// own. Keys of another purpose are none of its business.
class KeyStore {
public:
    explicit KeyStore(std::shared_ptr<Database> database, std::string purpose = {})
        : database_(std::move(database)), purpose_(std::move(purpose)) {}

    // By their kid. There are a handful.
    std::vector<StoredKey> all();

    // Makes `wanted` out of `known`, all or nothing; false, and nothing is changed, if somebody else came first and
    // `known` is not what there is any more. Both as all() orders them. Every process on this database has heard of it
    // when it returns (change_store.hpp). Those of `wanted` are given our purpose.
    bool replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted);

private:
    std::shared_ptr<Database> database_;
    const std::string purpose_;
};

}  // namespace keyhold::store
