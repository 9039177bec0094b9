// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/adopted_rows.hpp"

#include "store/account_rows.hpp"
#include "store/change_rows.hpp"
#include "store/device_rows.hpp"
#include "store/role_store.hpp"
#include "store/session_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_accounts WHERE id = (SELECT account_id FROM keyhold_adopted WHERE old_id = :a)",
                "t", Account>
    select_account;
constexpr Query<"INSERT INTO keyhold_adopted (account_id, old_id) VALUES (:a, :b)", "tt"> insert_link;
constexpr Query<"DELETE FROM keyhold_adopted WHERE account_id = :a", "t"> delete_link;

// The session store's words for it (domain/sessions.hpp).
constexpr std::string_view account_deleted = "account_deleted", password_changed = "password_changed",
                           account_disabled = "account_disabled";

}  // namespace

std::optional<Account> find_adopted(Connection& connection, std::string_view old_id) {
    return connection.find(select_account, old_id);
}

void add_adopted(Connection& connection, const Account& account, std::string_view old_id) {
    if (is_name_taken(connection, account.name_key)) return;
    connection.run(insert_link, account.id, old_id);  // first: the trigger asks for it
    insert_account(connection, account);
}

void update_adopted(Connection& connection, const Account& account, const Account& wanted, Time now) {
    if (account.password_hash != wanted.password_hash) {
        overwrite_password(connection, account.id, wanted.password_hash);
        end_tokens_of(connection, account.id, now);
        end_sessions(connection, {account.id}, password_changed, now);
    }
    if (account.disabled != wanted.disabled) {
        overwrite_disabled(connection, account.id, wanted.disabled);
        record_change(connection, Changed::account, account.id);
        if (!wanted.disabled) return;
        end_tokens_of(connection, account.id, now);
        end_sessions(connection, {account.id}, account_disabled, now);
    }
}

void remove_adopted(Connection& connection, const Account& account, Time now) {
    // The link first: the trigger must not delete whoever has their id by now.
    connection.run(delete_link, account.id);
    delete_account(connection, account.id, now);
    record_change(connection, Changed::account, account.id);
    end_sessions(connection, {account.id}, account_deleted, now);
    forget_devices(connection, account.id);
    forget_roles_of(connection, account.id);
}

}  // namespace keyhold::store
