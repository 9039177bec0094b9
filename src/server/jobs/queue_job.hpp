// SPDX-License-Identifier: Apache-2.0
// A job that works off one of the database's queues (store/database/queue_signal.hpp): it looks at the queue only when
// there may be something in it.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "store/database/database.hpp"

namespace keyhold::server {

// `look` says, if it returns a bool, that there is more. What was not looked at to the end, or threw, is looked at
// again. The database must outlive it.
template <class Look>
// A function for a Job that asks the database only if the queue's number has moved (Database::queue_number()), so
// that an idle node asks nothing.
auto when_there_may_be_some(const store::Database& database, store::Queue queue, Look look) {
    return [&database, queue, look = std::move(look), seen = std::optional<std::uint64_t>()]() mutable -> bool {
        const std::uint64_t number = database.queue_number(queue);  // first: what comes meanwhile is for the next time
        if (seen == number) return false;
        if constexpr (std::is_same_v<std::invoke_result_t<Look&>, bool>) {
            if (look()) return true;
        } else {
            look();
        }
        seen = number;
        return false;
    };
}

}  // namespace keyhold::server
