// SPDX-License-Identifier: Apache-2.0
// Roles: names for the scopes that accounts are granted (docs/roles.md). What is changed here counts at the next
// request, on every node, and ends no session.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "keyhold/rights.hpp"
#include "store/accounts/role_store.hpp"

namespace keyhold::domain {

inline constexpr std::string_view admin_role = "admin";               // exists from the start, and stays
inline constexpr std::string_view admin_scope = "keyhold:admin";      // looks after the server: /admin/api/
inline constexpr std::string_view support_scope = "keyhold:support";  // looks at it

// What the claims `scope` and `roles` of one account may take in its tokens, in bytes of JSON: fields of requests are
// limited to some KiB everywhere.
inline constexpr std::size_t most_of_claims = 1024;

// A role's name: a lower-case letter or digit, and up to 63 of those, '-', '_' and '.' behind it.
bool is_role_name(std::string_view text);

// The scopes in a text with spaces between them (RFC 6749 §3.3), sorted, none twice. Refused: invalid_scope.
Result<std::vector<std::string>> parse_scopes(std::string_view text);
std::string text_of(const std::vector<std::string>& scopes);

// What these of all roles grant together.
Rights rights_of(std::span<const store::Role> all, std::span<const std::string> roles);
std::size_t size_of_claims(const Rights& rights);

// Any thread.
// Changes with what the role grants, for its entity tag (RFC 9110 §8.8.3).
std::string version_of(const store::Role& role);

class Roles {
public:
    Roles(store::RoleStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    std::vector<store::Role> list() { return store_.list(); }
    Result<store::Role> find(std::string_view name);
    // Whether somebody else than that account has the role, and is not disabled.
    bool others_have(std::string_view role, std::string_view account_id) { return store_.is_held(role, account_id); }
    std::int64_t count_members(std::string_view role) { return store_.count_members(role); }
    store::RoleMembers list_members(std::string_view role, std::string_view after, int limit) {
        return store_.list_members(role, after, limit);
    }

    // The rights of the account that gives; null for the operator of the server. A giver can give no more than it has.
    // A role that grants no scope may be given by an account that has it, or by an owner (levels.hpp), because
    // applications may read its name. Refused, here and below: rights_exceeded.
    using Giver = const Rights*;
    static constexpr Giver whoever_runs_the_server = nullptr;

    // Whether somebody may have these together, and the giver all that they grant. Refused: role_not_found,
    // rights_too_large.
    Result<> check(const std::vector<std::string>& roles, Giver giver);
    // The giver's part of that, for a list that the caller has: what each page shows of roles to give.
    static Result<> check_may_give(std::span<const store::Role> all, std::span<const std::string> roles, Giver giver);

    // The same, asked again in the transaction that makes an account with them. `giver` outlives it.
    static store::RolesToGive to_give(std::vector<std::string> roles, Giver giver);

    // Makes the role, or adds to what it grants. Refused: validation_failed for a name or a scope that is none;
    // rights_too_large.
    Result<store::Role> add(std::string_view name, const std::vector<std::string>& scopes, Giver giver);
    // Without scopes the role itself goes, from everybody who has it. Refused: role_not_found, role_kept;
    // rights_exceeded, where the role makes administrators or one of them has it, and `giver` is no owner.
    // With `seen`: precondition_failed, if its version is another one by now.
    Result<> remove(std::string_view name, const std::vector<std::string>& scopes = {},
                    Giver giver = whoever_runs_the_server, const std::string* seen = nullptr);

    // Refused: account_not_found, role_not_found, rights_too_large.
    Result<> grant(std::string_view account_id, std::string_view role, Giver giver);
    Result<> revoke(std::string_view account_id, std::string_view role);

    // All of an account's roles at once. Refused as grant(); precondition_failed, if they are not the expected ones any
    // more; last_administrator, if nobody would be left.
    Result<> replace(std::string_view account_id, std::vector<std::string> expected, std::vector<std::string> roles,
                     Giver giver, const store::Account* seen = nullptr);

private:
    store::RoleStore& store_;
    const Clock& clock_;
};

}  // namespace keyhold::domain
