// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/role_book.hpp"

#include <mutex>

#include "base/waiting.hpp"
#include "domain/accounts/roles.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

std::shared_ptr<const Rights> RoleBook::find(store::RoleSet roles) {
    if (roles.is_empty()) return nullptr;
    std::uint64_t forgotten = 0;
    {
        const std::shared_lock lock(mutex_);
        if (const auto known = known_.find(roles.number()); known != known_.end()) return known->second;
        forgotten = forgotten_;
    }
    about_to_wait();
    const auto names = parse_scopes(roles.names());  // written as scopes are: words with spaces between them
    const auto all = stores_.roles->list();
    auto rights = std::make_shared<const Rights>(names ? rights_of(all, *names) : Rights());
    const std::lock_guard lock(mutex_);
    if (forgotten == forgotten_) known_.insert_or_assign(roles.number(), rights);
    return rights;
}

void RoleBook::forget() {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    known_.clear();
}

}  // namespace keyhold::domain
