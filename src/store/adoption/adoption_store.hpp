// The users of another application, in its own table of the same database, and our accounts: kept alike both ways.
//
// What we write to an account, a trigger writes to their table in the same transaction: the application sees it at
// once. What the application writes, a trigger only notes (keyhold_adopted_changes), because names must be folded as
// databases cannot. catch_up() works the notes off: it looks at the row and at the account as they are by then and
// makes the account like the row, so that a note may be worked off twice, late or out of order (decision 0035).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/account_store.hpp"

namespace keyhold::store {

// A column that says who may log in, or since when or that somebody may not (foreign_locks.hpp).
struct ForeignLock {
    enum class Says : std::uint8_t { who_may, who_may_not };
    std::string column, type;
    Says says = Says::who_may;
    bool is_moment = false;  // by its name: "deleted_at"
};

// Their table, as `keyhold adopt` found it.
struct ForeignTable {
    std::string table, id, id_type, name, password;
    std::vector<ForeignLock> locks;
};

struct ForeignUser {
    std::string id, name, password_hash;  // empty for NULL
    bool active = true;
};

// The account for a user; empty if we can have none of that name.
using MakeAccount = std::function<std::optional<Account>(const ForeignUser&)>;

class AdoptionStore {
public:
    virtual ~AdoptionStore() = default;

    // False while `keyhold adopt --apply` is under way or was broken off, and if the triggers are gone: then accounts
    // may be missing or old.
    virtual bool is_complete() const = 0;

    // False if nothing was noted, which costs a look at an empty table. A user who is gone, renamed or not active loses
    // the account or its sessions, one with another password the sessions, as if it had been done here.
    virtual bool catch_up(const MakeAccount& make, Time now) = 0;

    // Notes each user after the one of this id ("": from the first), so that catch_up() makes the accounts. The id of
    // the last one; empty at the end.
    virtual std::string note(const std::string& after, int limit) = 0;
    virtual void complete() = 0;
};

}  // namespace keyhold::store
