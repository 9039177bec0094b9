#include "store/sql_account_store.hpp"

#include <algorithm>

#include "store/sql_account_columns.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_devices.hpp"
#include "store/sql_secret_store.hpp"
#include "store/sql_session_store.hpp"
#include "store/times.hpp"

namespace keyhold::store {

namespace {

// Whoever had the name before may have been issued a token in this very second.
constexpr Sql insert{
    "INSERT INTO keyhold_accounts (" KEYHOLD_ACCOUNT_COLUMNS
    ") VALUES (:a, :b, :c, :d, :e, :f, :g, :h, COALESCE((SELECT MAX(removed_at) + 1 FROM keyhold_removed_names WHERE "
    "name_key = :c AND removed_at >= :i), :i))",
    account_types, ""};
constexpr Sql select_by_id{"SELECT " KEYHOLD_ACCOUNT_COLUMNS " FROM keyhold_accounts WHERE id = :a", "t",
                           account_types};
constexpr Sql select_by_name_key{"SELECT " KEYHOLD_ACCOUNT_COLUMNS " FROM keyhold_accounts WHERE name_key = :a", "t",
                                 account_types};
constexpr Sql select_page{"SELECT " KEYHOLD_ACCOUNT_COLUMNS
                          " FROM keyhold_accounts WHERE name_key > :a ORDER BY name_key LIMIT :b",
                          "ti", account_types};
constexpr Sql update_hash{
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = :b WHERE id = :c AND password_hash = :d", "titt",
    ""};
constexpr Sql update_password{
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = :b, generation = generation + 1 "
    "WHERE id = :c AND generation = :d",
    "titi", ""};
// Hold the row, and say whether what is wanted can still be done to it.
constexpr Sql hold_generation{"UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND generation = :b",
                              "ti", ""};
constexpr Sql hold_account{"UPDATE keyhold_accounts SET generation = generation WHERE id = :a", "t", ""};
constexpr Sql update_disabled{"UPDATE keyhold_accounts SET disabled = :a, generation = generation + 1 WHERE id = :b",
                              "it", ""};
constexpr Sql update_valid_from{
    "UPDATE keyhold_accounts SET tokens_valid_from = CASE WHEN tokens_valid_from > :a THEN tokens_valid_from ELSE :a "
    "END WHERE id = :b",
    "it", ""};
constexpr Sql note_name{
    "INSERT INTO keyhold_removed_names (account_id, name_key, removed_at) SELECT id, name_key, :a FROM "
    "keyhold_accounts WHERE id = :b",
    "it", ""};
constexpr Sql delete_by_id{"DELETE FROM keyhold_accounts WHERE id = :a", "t", ""};

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

Account account_of(const Statement& row) {
    return {.id = row.text(0),
            .username = row.text(1),
            .name_key = row.text(2),
            .password_hash = row.text(3),
            .disabled = row.integer(4) != 0,
            .created_at = time_of(row.integer(5)),
            .generation = row.integer(6),
            .password_form = row.integer(7) != 0 ? PasswordForm::nfc : PasswordForm::typed,
            .tokens_valid_from = time_of(row.integer(8))};
}

std::int64_t stored(PasswordForm form) { return form == PasswordForm::nfc ? 1 : 0; }

void insert_account(Connection& connection, const Account& account) {
    connection.statement(insert).run({account.id, account.username, account.name_key, account.password_hash,
                                      std::int64_t{account.disabled}, seconds(account.created_at), account.generation,
                                      stored(account.password_form), seconds(account.tokens_valid_from)});
}

bool end_tokens_of(Connection& connection, std::string_view account_id, Time now) {
    if (connection.statement(update_valid_from).run({seconds(now) + 1, account_id}) != 1) return false;
    record_change(connection, Changed::account, account_id);
    return true;
}

bool delete_account(Connection& connection, std::string_view account_id, Time now) {
    connection.statement(note_name).run({seconds(now), account_id});
    return connection.statement(delete_by_id).run({account_id}) == 1;
}

Result<> SqlAccountStore::create(const Account& account, const std::optional<SecretUse>& use) {
    try {
        return database_->write([&](Connection& connection) -> Result<> {
            if (use && !use_secret(connection, *use, account.id))
                return Error(Errc::registration_refused, "This invitation is unknown, used or expired");
            insert_account(connection, account);
            return {};
        });
    } catch (const NotUnique&) {
        return Errc::username_taken;
    } catch (const DoesNotFit&) {
        return Error(Errc::validation_failed,
                     std::vector<FieldError>{{"value_error",
                                              {"body", "username"},
                                              "The application whose users these are cannot have this name",
                                              std::nullopt}});
    }
}

std::optional<Account> SqlAccountStore::find(const Sql& sql, std::string_view text) {
    if (holds_nul(text)) return std::nullopt;  // none is ever stored
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<Account> found;
        connection.statement(sql).run({text}, [&](const Statement& row) { found = account_of(row); });
        return found;
    });
}

std::optional<Account> SqlAccountStore::find_by_id(std::string_view id) { return find(select_by_id, id); }

std::optional<Account> SqlAccountStore::find_by_name_key(std::string_view name_key) {
    return find(select_by_name_key, name_key);
}

AccountPage SqlAccountStore::list(std::string_view after, int limit) {
    if (holds_nul(after)) after = after.substr(0, after.find('\0'));
    const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
    return database_->use(Intent::read, [&](Connection& connection) {
        AccountPage page;
        const auto with_one_more = static_cast<std::int64_t>(wanted) + 1;  // tells whether there is a next page
        connection.statement(select_page).run({after, with_one_more}, [&](const Statement& row) {
            page.accounts.push_back(account_of(row));
        });
        if (page.accounts.size() <= wanted) return page;
        page.accounts.pop_back();
        page.next = page.accounts.back().name_key;
        return page;
    });
}

bool SqlAccountStore::replace_password_hash(std::string_view id, std::string_view expected,
                                            std::string_view replacement, PasswordForm form) {
    return database_->write([&](Connection& connection) {
        return connection.statement(update_hash).run({replacement, stored(form), id, expected}) == 1;
    });
}

// First the sessions, then the password: whoever is interrupted still has the old one, and asks again.
bool SqlAccountStore::set_password(const NewPassword& password) {
    const Whose whose{password.id, password.keep_session};
    end_most_sessions(*database_, whose, password.reason, password.now, [&](Connection& connection) {
        return connection.statement(hold_generation).run({password.id, password.generation}) == 1;
    });
    return write_change(*database_, [&](Connection& connection) {
        if (connection.statement(update_password)
                .run({password.hash, stored(password.form), password.id, password.generation}) != 1)
            return false;
        end_tokens_of(connection, password.id, password.now);
        end_sessions(connection, whose, password.reason, password.now);
        keep_one_device(connection, {password.keep_device, password.id, password.generation});
        return true;
    });
}

void SqlAccountStore::end_most(std::string_view id, std::string_view reason, Time now) {
    end_most_sessions(*database_, {id}, reason, now,
                      [&](Connection& connection) { return connection.statement(hold_account).run({id}) == 1; });
}

bool SqlAccountStore::set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now) {
    if (disabled) end_most(id, reason, now);
    return write_change(*database_, [&](Connection& connection) {
        if (connection.statement(update_disabled).run({std::int64_t{disabled}, id}) != 1) return false;
        if (!disabled) {
            record_change(connection, Changed::account, id);
            return true;
        }
        end_tokens_of(connection, id, now);
        end_sessions(connection, {id}, reason, now);
        return true;
    });
}

bool SqlAccountStore::remove(std::string_view id, std::string_view reason, Time now) {
    end_most(id, reason, now);
    return write_change(*database_, [&](Connection& connection) {
        if (!delete_account(connection, id, now)) return false;
        record_change(connection, Changed::account, id);
        end_sessions(connection, {id}, reason, now);
        forget_devices(connection, id);
        return true;
    });
}

bool SqlAccountStore::end_tokens(std::string_view id, Time now) {
    return write_change(*database_, [&](Connection& connection) { return end_tokens_of(connection, id, now); });
}

}  // namespace keyhold::store
