// The one answer to "is this account still there?", at in-memory cost (DESIGN §5).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/account_store.hpp"

namespace keyhold::domain {

// What a reader of tokens needs to know of an account.
struct LiveAccount {
    std::string id;
    std::string username;
};

// A bounded table in front of the store. An entry counts only while store.epoch() is what it was before
// the entry was read, so nothing that was taken back is ever answered from memory. Any thread.
class Liveness {
public:
    // At most about `capacity` accounts are remembered; a full shard forgets an arbitrary entry.
    Liveness(store::AccountStore& store, std::size_t capacity);
    ~Liveness();

    // Empty if there is no such account or it is disabled. Throws store::Unavailable on a miss when the
    // store does not answer.
    std::shared_ptr<const LiveAccount> find_by_id(std::string_view id);
    std::shared_ptr<const LiveAccount> find_by_name_key(std::string_view name_key);

private:
    struct Table;
    using Ask = std::optional<store::Account> (store::AccountStore::*)(std::string_view);
    std::shared_ptr<const LiveAccount> find(Table& table, Ask ask, std::string_view key);

    store::AccountStore& store_;
    std::unique_ptr<Table> by_id_;
    std::unique_ptr<Table> by_name_key_;
};

}  // namespace keyhold::domain
