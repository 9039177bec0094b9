// SPDX-License-Identifier: Apache-2.0
// Roles: what they grant, and who has them. All changes take hold_roles() first, so that they come one after the other
// and a rule such as "somebody stays an administrator" can be checked and kept in one transaction.
#include "store/accounts/role_store.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/words.hpp"
#include "store/access/account_access.hpp"
#include "store/access/handed_out_rows.hpp"
#include "store/access/secret_store.hpp"
#include "store/accounts/account_rows.hpp"
#include "store/database/database.hpp"
#include "store/database/row.hpp"
#include "store/errors.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

// A role's changes are counted as one of all roles: they are few, and read together.
constexpr std::string_view every_role = "*";
constexpr std::int64_t members_at_once = 500;  // a transaction that nobody has to wait for long

struct RoleRow {
    std::string name;
    Time created_at{};
};
KEYHOLD_ROW(RoleRow, (name), (created_at))
struct ScopeRow {
    std::string role, scope;
};
KEYHOLD_ROW(ScopeRow, (role), (scope))
// Which account has which role. keyhold_accounts.roles repeats it for whoever reads the account (refresh_account).
struct MemberRow {
    std::string account_id, role;
};
KEYHOLD_ROW(MemberRow, (account_id), (role))
struct Named {
    std::string id, username;
};
KEYHOLD_ROW(Named, (id), (username))

constexpr Query<"SELECT {} FROM keyhold_roles ORDER BY name", "", RoleRow> select_roles;
constexpr Query<"SELECT {} FROM keyhold_role_scopes ORDER BY role, scope", "", ScopeRow> select_scopes;
// The one row that is always there: whoever changes what somebody may do holds it first, before any account's row.
constexpr Query<"UPDATE keyhold_roles SET created_at = created_at WHERE name = 'admin'"> hold_all;
constexpr Query<"SELECT 1 FROM keyhold_roles WHERE name = :a", "t", std::int64_t> select_role;
constexpr Insert<"keyhold_roles", RoleRow> insert_role;
constexpr Insert<"keyhold_role_scopes", ScopeRow> insert_scope;
constexpr Insert<"keyhold_account_roles", MemberRow> insert_member;
constexpr Query<"DELETE FROM keyhold_roles WHERE name = :a", "t"> delete_role;
constexpr Query<"DELETE FROM keyhold_role_scopes WHERE role = :a", "t"> delete_scopes;
constexpr Query<"DELETE FROM keyhold_role_scopes WHERE role = :a AND scope = :b", "tt"> delete_scope;
constexpr Query<"DELETE FROM keyhold_account_roles WHERE account_id = :a", "t"> delete_of_account;
constexpr Query<"DELETE FROM keyhold_account_roles WHERE account_id = :a AND role = :b", "tt"> delete_member;
constexpr Query<"SELECT COUNT(*) FROM keyhold_account_roles WHERE role = :a", "t", std::int64_t> count;
constexpr Query<
    "SELECT {a} FROM keyhold_account_roles m JOIN keyhold_accounts a ON a.id = m.account_id WHERE m.role = :a AND "
    "m.account_id > :b ORDER BY m.account_id LIMIT :c",
    "tti", Named>
    select_members;
constexpr Query<"SELECT account_id FROM keyhold_account_roles WHERE role = :a ORDER BY account_id LIMIT :b", "ti",
                std::string>
    select_some;
constexpr Query<"SELECT role FROM keyhold_account_roles WHERE account_id = :a ORDER BY role", "t", std::string>
    select_roles_of;
constexpr Query<
    "SELECT DISTINCT a.roles FROM keyhold_account_roles m JOIN keyhold_accounts a ON a.id = m.account_id "
    "WHERE m.role = :a",
    "t", std::string>
    select_sets;
// An enabled account besides this one that has the role: a disabled one could not administer anything.
constexpr Query<
    "SELECT 1 FROM keyhold_account_roles m JOIN keyhold_accounts a ON a.id = m.account_id WHERE m.role = :a AND "
    "m.account_id <> :b AND a.disabled = 0 LIMIT 1",
    "tt", std::int64_t>
    select_another;
// The account's row says the same as the rows of its roles, for whoever reads it at a log-in or a look-up.
constexpr Query<"UPDATE keyhold_accounts SET roles = :a WHERE id = :b", "tt"> update_account;
// Changes nothing, and so locks the row, in all three databases and only if the account is enabled.
constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND disabled = 0", "t"> hold_enabled;

// Sorted here, because each database sorts texts in its own way and the lists are compared.
std::vector<std::string> roles_of(Connection& connection, std::string_view account_id) {
    auto roles = connection.find_all(select_roles_of, account_id);
    std::ranges::sort(roles);
    return roles;
}

// Names of roles have no spaces, so an account's row keeps them as one text with spaces between.
std::vector<std::string> names_in(std::string_view text) {
    const auto names = words_in(text);
    return {names.begin(), names.end()};
}

// Also tells every reader that remembers the account, when the transaction commits.
void refresh_account(Connection& connection, std::string_view account_id) {
    connection.run(update_account, joined(roles_of(connection, account_id), " "), account_id);
    record_change(connection, Changed::account, account_id);
}

bool holds(const std::vector<std::string>& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

// An event for each role that was lost or won, and none for those that stay.
void record_difference(Connection& connection, std::string_view account_id, const std::vector<std::string>& before,
                       const std::vector<std::string>& after, std::string_view reason = {}) {
    for (const std::string& role : before)
        if (!holds(after, role))
            record_event(connection, event_kind("role_revoked"), {.account = account_id, .object = role});
    for (const std::string& role : after)
        if (!holds(before, role))
            record_event(connection, event_kind("role_granted"),
                         {.account = account_id, .object = role, .reason = reason});
}

// Asks `allows` about the role alone, and about each set of roles that some account has together with it. Refused: the
// first refusal of `allows`.
Result<> ask_of_all(Connection& connection, std::string_view role, const RoleStore::Allows& allows) {
    const auto roles = read_roles(connection);
    if (auto alone = allows(roles, {std::string(role)}); !alone) return alone;
    for (const std::string& set : connection.find_all(select_sets, role))
        if (auto allowed = allows(roles, names_in(set)); !allowed) return allowed;
    return {};
}

}  // namespace

// All roles with their scopes, sorted by name. Two queries instead of a join, which would repeat each role.
std::vector<Role> read_roles(Connection& connection) {
    std::vector<Role> roles;
    for (RoleRow& row : connection.find_all(select_roles)) roles.push_back({std::move(row.name), {}, row.created_at});
    for (ScopeRow& row : connection.find_all(select_scopes)) {
        const auto role = std::ranges::find(roles, row.role, &Role::name);
        if (role != roles.end()) role->scopes.push_back(std::move(row.scope));
    }
    for (Role& role : roles) std::ranges::sort(role.scopes);  // the database's order may be another
    return roles;
}

// Locks the roles until the transaction ends, so that what is allowed now is still so when the account is written.
Result<std::vector<std::string>> ask_for(Connection& connection, const RolesToGive& wanted) {
    hold_roles(connection);
    const auto all = read_roles(connection);
    std::vector<std::string> there;
    for (const std::string& role : wanted.roles) {
        const bool is_there = std::ranges::find(all, role, &Role::name) != all.end();
        if (!is_there && !wanted.may_be_gone) return errors::role_not_found;
        if (is_there) there.push_back(role);
    }
    if (wanted.is_first && others_have_role(connection, wanted.roles.at(0), {})) return errors::registration_refused;
    if (auto allowed = wanted.allows(all, there); !allowed) return std::move(allowed).error();
    return there;
}

void give_roles(Connection& connection, std::string_view account_id, const std::vector<std::string>& roles,
                std::string_view reason) {
    for (const std::string& role : roles) connection.insert(insert_member, MemberRow{std::string(account_id), role});
    refresh_account(connection, account_id);
    record_difference(connection, account_id, {}, roles, reason);
}

std::vector<Role> RoleStore::list() {
    return database_->use(Intent::read, [&](Connection& connection) { return read_roles(connection); });
}

// Through the list, since there are few roles and each needs its scopes.
std::optional<Role> RoleStore::find(std::string_view name) {
    for (Role& role : list())
        if (role.name == name) return std::move(role);
    return std::nullopt;
}

std::int64_t RoleStore::count_members(std::string_view role) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(count, role).value_or(0); });
}

// In the order of ids, by page. One row more than wanted is read, to learn whether there is a next page.
RoleMembers RoleStore::list_members(std::string_view role, std::string_view after, int limit) {
    if (cannot_be_stored(role) || cannot_be_stored(after)) return {};
    const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
    return database_->use(Intent::read, [&](Connection& connection) {
        RoleMembers page;
        for (Named& row : connection.find_all(select_members, role, after, wanted + 1))
            page.members.push_back({std::move(row.id), std::move(row.username)});
        if (page.members.size() <= wanted) return page;
        page.members.pop_back();
        page.next = page.members.back().id;
        return page;
    });
}

// Returning from the function commits, also with a refusal: so every refusal comes before the first write.
Result<> RoleStore::add(const Role& role, const Allows& allows) {
    return database_->write([&](Connection& connection) -> Result<> {
        hold_roles(connection);
        auto roles = read_roles(connection);
        auto known = std::ranges::find(roles, role.name, &Role::name);
        const bool is_new = known == roles.end();
        if (!is_new)
            // Of the role as it is, too: whoever may not give what it grants already must not change it.
            if (auto before = allows(roles, {role.name}); !before) return before;
        if (is_new) known = roles.insert(known, Role{role.name, {}, role.created_at});
        std::vector<std::string> added;
        for (const std::string& scope : role.scopes)
            if (!holds(known->scopes, scope) && !holds(added, scope)) added.push_back(scope);
        known->scopes.insert(known->scopes.end(), added.begin(), added.end());
        std::ranges::sort(known->scopes);
        if (auto alone = allows(roles, {role.name}); !alone) return alone;
        for (const std::string& set : connection.find_all(select_sets, role.name))
            if (auto allowed = allows(roles, names_in(set)); !allowed) return allowed;
        if (is_new) connection.insert(insert_role, RoleRow{role.name, role.created_at});
        for (const std::string& scope : added) connection.insert(insert_scope, ScopeRow{role.name, scope});
        // Nothing has changed, so nobody has to read the roles anew.
        if (!is_new && added.empty()) return {};
        end_handed_out_to_members(connection, role.name, role.created_at);
        record_change(connection, Changed::roles, every_role);
        record_event(connection, event_kind("role_changed"),
                     {.object = role.name, .reason = is_new ? "made" : "grants_more"});
        return {};
    });
}

Result<> RoleStore::remove_scopes(std::string_view role, const std::vector<std::string>& scopes, const Allows& allows) {
    return database_->write([&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (!connection.finds_any(select_role, role)) return errors::role_not_found;
        // Taking away asks as well, because not everybody may take something from administrators.
        if (auto allowed = ask_of_all(connection, role, allows); !allowed) return allowed;
        for (const std::string& scope : scopes) connection.run(delete_scope, role, scope);
        record_change(connection, Changed::roles, every_role);
        record_event(connection, event_kind("role_changed"), {.object = role, .reason = "grants_less"});
        return {};
    });
}

Result<> RoleStore::remove(std::string_view role, const Allows& allows) {
    std::int64_t found = members_at_once;
    const auto take_some = [&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (!connection.finds_any(select_role, role)) return errors::role_not_found;
        if (auto allowed = ask_of_all(connection, role, allows); !allowed) return allowed;
        // Asked anew in each transaction, as members come and go between two of them.
        const auto some = connection.find_all(select_some, role, members_at_once);
        for (const std::string& id : some) {
            connection.run(delete_member, id, role);
            refresh_account(connection, id);
            record_event(connection, event_kind("role_revoked"),
                         {.account = id, .object = role, .reason = "role_removed"});
        }
        found = static_cast<std::int64_t>(some.size());
        if (found == members_at_once) return {};
        connection.run(delete_scopes, role);
        connection.run(delete_role, role);
        record_change(connection, Changed::roles, every_role);
        record_event(connection, event_kind("role_removed"), {.object = role});
        return {};
    };
    // Fewer than 500 were found: the role and what it grants went in the same transaction.
    while (found == members_at_once)
        if (auto taken = database_->write(take_some); !taken) return taken;
    return {};
}

// Granting a role that the account has is no error and writes nothing.
Result<> RoleStore::grant(std::string_view account_id, std::string_view role, const Allows& allows, Time now) {
    return database_->write([&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (!hold_account(connection, account_id)) return errors::account_not_found;
        const auto all = read_roles(connection);
        if (std::ranges::find(all, role, &Role::name) == all.end()) return errors::role_not_found;
        auto has = roles_of(connection, account_id);
        if (holds(has, role)) return {};
        has.emplace_back(role);
        std::ranges::sort(has);
        if (auto allowed = allows(all, has); !allowed) return allowed;
        connection.insert(insert_member, MemberRow{std::string(account_id), std::string(role)});
        refresh_account(connection, account_id);
        end_handed_out(connection, account_id, now);
        record_event(connection, event_kind("role_granted"), {.account = account_id, .object = role});
        return {};
    });
}

// Revoking a role that the account does not have is no error; nobody asks whether it was the last administrator, as the
// operator may want exactly that.
Result<> RoleStore::revoke(std::string_view account_id, std::string_view role) {
    return database_->write([&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (!hold_account(connection, account_id)) return errors::account_not_found;
        if (!connection.finds_any(select_role, role)) return errors::role_not_found;
        if (connection.run(delete_member, account_id, role) != 1) return {};
        refresh_account(connection, account_id);
        record_event(connection, event_kind("role_revoked"), {.account = account_id, .object = role});
        return {};
    });
}

// The roles of one account as a whole. Refused: precondition_failed if the account or its roles are not as they were
// seen; last_administrator if nobody else would be one.
Result<> RoleStore::replace(const Replacement& replacement, const Allows& allows) {
    return database_->write([&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (!hold_account(connection, replacement.account_id)) return errors::account_not_found;
        const auto all = read_roles(connection);
        for (const std::string& role : replacement.roles)
            if (std::ranges::find(all, role, &Role::name) == all.end()) return errors::role_not_found;
        const auto has = roles_of(connection, replacement.account_id);
        // The page that somebody looked at is old: what he would overwrite he has not seen.
        if (has != replacement.expected) return errors::precondition_failed;
        if (replacement.seen != nullptr && !hold_unchanged(connection, *replacement.seen))
            return errors::precondition_failed;
        if (has == replacement.roles) return {};
        if (holds(has, replacement.last) && !holds(replacement.roles, replacement.last) &&
            !others_have_role(connection, replacement.last, replacement.account_id))
            return errors::last_administrator;
        if (auto allowed = allows(all, replacement.roles); !allowed) return allowed;
        // All are written anew: a handful of rows, and one way for whatever has changed.
        connection.run(delete_of_account, replacement.account_id);
        for (const std::string& role : replacement.roles)
            connection.insert(insert_member, MemberRow{std::string(replacement.account_id), role});
        refresh_account(connection, replacement.account_id);
        if (!std::ranges::includes(has, replacement.roles))
            end_handed_out(connection, replacement.account_id, replacement.now);
        record_difference(connection, replacement.account_id, has, replacement.roles);
        return {};
    });
}

// Whether an enabled account has the role.
bool RoleStore::is_held(std::string_view role, std::string_view other_than) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return others_have_role(connection, role, other_than); });
}

// The first administrator, by a link that was shown at the terminal. False if there is one already, or the link is used
// up.
Result<bool> RoleStore::grant_first(std::string_view account_id, std::string_view role, const SecretUse& use,
                                    const Allows& allows) {
    return database_->write([&](Connection& connection) -> Result<bool> {
        hold_roles(connection);
        // Under hold_roles(): of two who want to be the first, the second finds that there is one.
        if (connection.run(hold_enabled, account_id) != 1 || others_have_role(connection, role, {})) return false;
        auto has = roles_of(connection, account_id);
        has.emplace_back(role);
        std::ranges::sort(has);
        if (auto allowed = allows(read_roles(connection), has); !allowed) return std::move(allowed).error();
        if (!use_secret(connection, use, account_id)) return false;
        connection.insert(insert_member, MemberRow{std::string(account_id), std::string(role)});
        refresh_account(connection, account_id);
        end_handed_out(connection, account_id, use.now);
        record_event(connection, event_kind("role_granted"),
                     {.account = account_id, .object = role, .reason = "first"});
        return true;
    });
}

void hold_roles(Connection& connection) { connection.run(hold_all); }

// For an account that is deleted in the same transaction; no event, as the deletion is one.
void forget_roles_of(Connection& connection, std::string_view account_id) {
    connection.run(delete_of_account, account_id);
}

bool others_have_role(Connection& connection, std::string_view role, std::string_view account_id) {
    return connection.finds_any(select_another, role, account_id);
}

}  // namespace keyhold::store
