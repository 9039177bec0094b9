// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/adopted_rows.hpp"

#include "store/access/handed_out_rows.hpp"
#include "store/accounts/account_rows.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_accounts WHERE id = (SELECT account_id FROM keyhold_adopted WHERE old_id = :a)",
                "t", Account>
    select_account;
constexpr Query<"INSERT INTO keyhold_adopted (account_id, old_id) VALUES (:a, :b)", "tt"> insert_link;
constexpr Query<"DELETE FROM keyhold_adopted WHERE account_id = :a", "t"> delete_link;

// The session store's words for it (domain/sessions/sessions.hpp).
constexpr std::string_view account_deleted = "account_deleted", password_changed = "password_changed",
                           account_disabled = "account_disabled";

// Two users there may have one address: here the first one has it.
Account with_free_address(Connection& connection, Account account) {
    if (account.email_key && account.email_key != account.name_key &&
        is_address_taken(connection, *account.email_key, account.id)) {
        account.email.reset();
        account.email_key.reset();
    }
    return account;
}

}  // namespace

std::optional<Account> find_adopted(Connection& connection, std::string_view old_id) {
    return connection.find(select_account, old_id);
}

void add_adopted(Connection& connection, const Account& account, std::string_view old_id) {
    if (is_name_taken(connection, account.name_key)) return;
    connection.run(insert_link, account.id, old_id);  // first: the trigger asks for it
    insert_account(connection, with_free_address(connection, account));
    record_event(connection, event_kind("registered"), {.account = account.id, .reason = by_application});
}

void update_adopted(Connection& connection, const Account& account, const Account& wanted, Time now) {
    // Somebody has changed the password there: whoever got in by the old one is out here, too.
    if (account.password_hash != wanted.password_hash) {
        overwrite_password(connection, account.id, wanted.password_hash);
        end_access(connection, {account.id}, password_changed, now);
        record_event(connection, event_kind("password_changed"), {.account = account.id, .reason = by_application});
    }
    Account addressed = account;
    addressed.email = wanted.email;
    addressed.email_key = wanted.email_key;
    if (addressed = with_free_address(connection, std::move(addressed)); addressed.email_key != account.email_key) {
        end_handed_out(connection, account.id, now);
        overwrite_email(connection, addressed);
        record_change(connection, Changed::account, account.id);
    }
    if (account.disabled != wanted.disabled) {
        overwrite_disabled(connection, account.id, wanted.disabled);
        record_change(connection, Changed::account, account.id);
        record_event(connection, wanted.disabled ? event_kind("account_disabled") : event_kind("account_enabled"),
                     {.account = account.id, .reason = by_application});
        if (!wanted.disabled) return;
        end_access(connection, {account.id}, account_disabled, now);
    }
}

void remove_adopted(Connection& connection, const Account& account, Time now) {
    // The link first: the trigger must not delete whoever has their id by now.
    connection.run(delete_link, account.id);
    remove_account(connection, account.id, account_deleted, now);
}

}  // namespace keyhold::store
