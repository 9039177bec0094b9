// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about roles: a role is a name and the scopes that it grants; accounts have roles.
// Every function may throw Unavailable and may be called from any thread. What returned is on disk, and counts from
// then on for every process on this database.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace keyhold::store {

struct Account;
class Connection;
class Database;
struct SecretUse;

struct Role {
    std::string name;
    std::vector<std::string> scopes;  // in the order of their bytes, as all lists here
    Time created_at{};
};

// Somebody who has a role.
struct RoleMember {
    std::string id, username;
};
struct RoleMembers {
    std::vector<RoleMember> members;  // by id
    std::string next;                 // give it as `after` for the next page; empty on the last
};

class RoleStore {
public:
    explicit RoleStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // By name. There are few of them, so they are always read together.
    std::vector<Role> list();
    std::optional<Role> find(std::string_view name);
    std::int64_t count_members(std::string_view role);
    // In the order of ids; from 1 to 1000 at a time.
    RoleMembers list_members(std::string_view role, std::string_view after, int limit);

    // Asked within the transaction that is about to give somebody more, which no other such transaction overtakes: all
    // roles as they would be, and the names of those that an account would have. An error refuses it.
    using Allows = std::function<Result<>(const std::vector<Role>& roles, const std::vector<std::string>& of_account)>;

    // Makes the role, or adds to its scopes. `allows` is asked of every set of roles that the role is in, and of the
    // role alone, as it was and as it would be.
    Result<> add(const Role& role, const Allows& allows);
    // `allows` is asked of the role alone and of every set that it is in, as they are. Refused: role_not_found.
    Result<> remove_scopes(std::string_view role, const std::vector<std::string>& scopes, const Allows& allows);
    // Takes the role from everybody, 500 accounts in a transaction, and removes it. Refused: as remove_scopes().
    Result<> remove(std::string_view role, const Allows& allows);

    // Whoever gets something by these has to be the one who comes in next: what was handed out for the account and not
    // used yet ends (handed_out_rows.hpp), as whoever made it may have no right to what the account may do from now on.

    // These change nothing where it is so already. Refused: account_not_found, role_not_found.
    Result<> grant(std::string_view account_id, std::string_view role, const Allows& allows, Time now);
    Result<> revoke(std::string_view account_id, std::string_view role);

    // Whether somebody has the role who is not disabled, other than that account.
    bool is_held(std::string_view role, std::string_view other_than = {});
    // To the first who has the role: `use` is used up in the same transaction. False if somebody has it by now, or the
    // secret is not good any more, or the account is gone or disabled. Refused: as `allows` says.
    Result<bool> grant_first(std::string_view account_id, std::string_view role, const SecretUse& use,
                             const Allows& allows);

    // The account's roles become these, if it has those that were expected. Refused: as grant(), precondition_failed.
    // `last` is a role that somebody who is not disabled has to be left with: last_administrator otherwise.
    struct Replacement {
        std::string_view account_id;
        std::vector<std::string> expected, roles;
        std::string_view last;
        Time now{};
        const Account* seen = nullptr;  // the account has to be so still; null: whatever it is like
    };
    Result<> replace(const Replacement& replacement, const Allows& allows);

private:
    std::shared_ptr<Database> database_;
};

// What a new account has at once.
struct RolesToGive {
    std::vector<std::string> roles;
    RoleStore::Allows allows;
    std::string_view reason = {};  // of the events
    bool is_first = false;         // nobody who is not disabled has the first of them: registration_refused otherwise
    bool may_be_gone = false;      // those that were removed since are left out; role_not_found otherwise
};
// What may be given of them. Asked before the account is written, since what was refused is committed too; others who
// change roles wait from then on.
Result<std::vector<std::string>> ask_for(Connection& connection, const RolesToGive& wanted);

// Of an account that is removed, within that transaction.
void forget_roles_of(Connection& connection, std::string_view account_id);

// All of them, by name.
std::vector<Role> read_roles(Connection& connection);

// To an account that was made in this transaction, after hold_roles(): roles that there are.
void give_roles(Connection& connection, std::string_view account_id, const std::vector<std::string>& roles,
                std::string_view reason = {});

// Other transactions that change roles, or ask what this one may change, wait until it is over.
void hold_roles(Connection& connection);

// Whether anybody but this account has the role and is not disabled, within a transaction that hold_roles() began.
bool others_have_role(Connection& connection, std::string_view role, std::string_view account_id);

}  // namespace keyhold::store
