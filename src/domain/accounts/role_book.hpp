// SPDX-License-Identifier: Apache-2.0
// What the roles of an account grant, from memory. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "keyhold/rights.hpp"
#include "store/role_set.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// One Rights for all who have the same roles, so that a session costs nothing for them.
class RoleBook {
public:
    explicit RoleBook(const store::Stores& stores) : stores_(stores) {}

    // Null for whoever has no role. Where the database has to be asked, about_to_wait() is asked first. Throws
    // Unavailable.
    std::shared_ptr<const Rights> find(store::RoleSet roles);

    // What roles grant has changed.
    void forget();

private:
    const store::Stores& stores_;
    std::shared_mutex mutex_;
    std::uint64_t forgotten_ =
        0;  // under mutex_: how often. Whoever read the database before may not put back what was
    std::unordered_map<std::uint32_t, std::shared_ptr<const Rights>> known_;  // under mutex_
};

}  // namespace keyhold::domain
