// SPDX-License-Identifier: Apache-2.0
#include "store/role_set.hpp"

#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace keyhold::store {

namespace {

// The same text has the same number wherever it is met: this holds no state that anybody could see change.
class Table {
public:
    // Nearly always it is known, so the shared lock is tried first.
    std::uint32_t number_of(std::string_view names) {
        {
            const std::shared_lock lock(mutex_);
            if (const auto known = numbers_.find(names); known != numbers_.end()) return known->second;
        }
        const std::lock_guard lock(mutex_);
        if (const auto known = numbers_.find(names); known != numbers_.end()) return known->second;
        const auto number = static_cast<std::uint32_t>(texts_.size());
        numbers_.emplace(texts_.emplace_back(names), number);
        return number;
    }
    const std::string& text_of(std::uint32_t number) {
        const std::shared_lock lock(mutex_);
        return texts_[number];
    }

private:
    std::shared_mutex mutex_;
    std::deque<std::string> texts_{std::string()};  // stay where they are
    std::unordered_map<std::string_view, std::uint32_t> numbers_{{texts_.front(), 0}};
};

Table& table() {
    static Table shared;
    return shared;
}

}  // namespace

RoleSet RoleSet::of(std::string_view names) { return names.empty() ? RoleSet() : RoleSet(table().number_of(names)); }

const std::string& RoleSet::names() const { return table().text_of(number_); }

}  // namespace keyhold::store
