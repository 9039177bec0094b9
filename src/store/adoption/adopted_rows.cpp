#include "store/adoption/adopted_rows.hpp"

#include "store/sql_account_columns.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_devices.hpp"
#include "store/sql_session_store.hpp"

namespace keyhold::store {

namespace {

constexpr Sql select_account{
    "SELECT " KEYHOLD_ACCOUNT_COLUMNS
    " FROM keyhold_accounts WHERE id = (SELECT account_id FROM keyhold_adopted WHERE old_id = :a)",
    "t", account_types};
constexpr Sql select_name{"SELECT 1 FROM keyhold_accounts WHERE name_key = :a", "t", "i"};
constexpr Sql insert_link{"INSERT INTO keyhold_adopted (account_id, old_id) VALUES (:a, :b)", "tt", ""};
constexpr Sql delete_link{"DELETE FROM keyhold_adopted WHERE account_id = :a", "t", ""};
constexpr Sql update_hash{
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = 0, generation = generation + 1 WHERE id = :b", "tt",
    ""};
constexpr Sql update_disabled{"UPDATE keyhold_accounts SET disabled = :a, generation = generation + 1 WHERE id = :b",
                              "it", ""};

// The session store's words for it (domain/sessions.hpp).
constexpr std::string_view account_deleted = "account_deleted", password_changed = "password_changed",
                           account_disabled = "account_disabled";

}  // namespace

std::optional<Account> find_adopted(Connection& connection, std::string_view old_id) {
    std::optional<Account> account;
    connection.statement(select_account).run({old_id}, [&](const Statement& row) { account = account_of(row); });
    return account;
}

void add_adopted(Connection& connection, const Account& account, std::string_view old_id) {
    bool is_taken = false;
    connection.statement(select_name).run({account.name_key}, [&](const Statement&) { is_taken = true; });
    if (is_taken) return;
    connection.statement(insert_link).run({account.id, old_id});  // first: the trigger asks for it
    insert_account(connection, account);
}

void update_adopted(Connection& connection, const Account& account, const Account& wanted, Time now) {
    if (account.password_hash != wanted.password_hash) {
        connection.statement(update_hash).run({wanted.password_hash, account.id});
        end_tokens_of(connection, account.id, now);
        end_sessions(connection, {account.id}, password_changed, now);
    }
    if (account.disabled != wanted.disabled) {
        connection.statement(update_disabled).run({std::int64_t{wanted.disabled}, account.id});
        record_change(connection, Changed::account, account.id);
        if (!wanted.disabled) return;
        end_tokens_of(connection, account.id, now);
        end_sessions(connection, {account.id}, account_disabled, now);
    }
}

void remove_adopted(Connection& connection, const Account& account, Time now) {
    // The link first: the trigger must not delete whoever has their id by now.
    connection.statement(delete_link).run({account.id});
    delete_account(connection, account.id, now);
    record_change(connection, Changed::account, account.id);
    end_sessions(connection, {account.id}, account_deleted, now);
    forget_devices(connection, account.id);
}

}  // namespace keyhold::store
