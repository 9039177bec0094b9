// SPDX-License-Identifier: Apache-2.0
#include "store/accounts/account_store.hpp"

#include <algorithm>
#include <array>

#include "store/access/account_access.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/device_rows.hpp"
#include "store/access/handed_out_rows.hpp"
#include "store/access/session_rows.hpp"
#include "store/accounts/account_rows.hpp"
#include "store/accounts/profile_store.hpp"
#include "store/accounts/role_store.hpp"
#include "store/database/database.hpp"
#include "store/errors.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

// Whoever had the name before may have been issued a token in this very second.
constexpr Insert<"keyhold_accounts", Account, "tokens_valid_from",
                 "COALESCE((SELECT MAX(removed_at) + 1 FROM keyhold_removed_names WHERE name_key = :name_key AND "
                 "removed_at >= :tokens_valid_from), :tokens_valid_from)">
    insert;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE id = :a", "t", Account> select_by_id;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE name_key = :a", "t", Account> select_by_name_key;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE email_key = :a", "t", Account> select_by_email_key;
constexpr Query<"SELECT 1 FROM keyhold_accounts WHERE name_key = :a", "t", std::int64_t> select_name;
constexpr Query<"SELECT 1 FROM keyhold_accounts WHERE name_key = :a AND id <> :b", "tt", std::int64_t>
    select_name_of_another;
constexpr Query<"SELECT 1 FROM keyhold_accounts WHERE email_key = :a AND id <> :b", "tt", std::int64_t>
    select_address_of_another;
// Pages begin behind the last key and not at an OFFSET, for which the database would read all rows before it.
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE name_key > :a ORDER BY name_key LIMIT :b", "ti", Account>
    select_page_of_accounts;
constexpr Query<
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = :b WHERE id = :c AND password_hash = :d", "titt">
    update_hash;
constexpr Query<
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = :b, generation = generation + 1 "
    "WHERE id = :c AND generation = :d",
    "titi">
    update_password;
constexpr Query<
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = 0, generation = generation + 1 WHERE id = :b", "tt">
    overwrite_hash;
// Holds the row, and says whether what is wanted can still be done to it.
constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND generation = :b", "ti">
    hold_generation;
// An administrator's word takes the place of the owner's: an account that was closed is not erased any more, and its
// owner cannot open it again by logging in.
constexpr Query<"UPDATE keyhold_accounts SET disabled = :a, erase_at = 0, generation = generation + 1 WHERE id = :b",
                "it">
    update_disabled;
constexpr Query<
    "INSERT INTO keyhold_removed_names (account_id, name_key, removed_at) SELECT id, name_key, :a FROM "
    "keyhold_accounts WHERE id = :b",
    "it">
    note_name;
constexpr Query<
    "INSERT INTO keyhold_removed_names (account_id, name_key, removed_at) SELECT :a, name_key, :b FROM "
    "keyhold_accounts WHERE id = :c AND name_key <> :d",
    "titt">
    note_old_name;
constexpr Query<"UPDATE keyhold_accounts SET email = :a, email_key = :b, email_verified = :c WHERE id = :d", "TTit">
    update_email;
struct OldAddress {
    std::optional<std::string> email, email_key;
};
KEYHOLD_ROW(OldAddress, (email), (email_key))
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE id = :a", "t", OldAddress> select_address;
constexpr Query<"UPDATE keyhold_accounts SET username = :a, name_key = :b WHERE id = :c", "ttt"> update_name;
constexpr Query<"DELETE FROM keyhold_accounts WHERE id = :a", "t"> delete_by_id;
constexpr Query<
    "UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND username = :b AND COALESCE(email, '') = :c "
    "AND roles = :d AND email_verified = :e AND disabled = :f AND generation = :g",
    "ttttiii">
    hold_as_seen;

// What an account has that no other one may have. Who has the place taken in a table that was adopted, has the name.
using Taken = std::pair<std::string_view, Errc>;
constexpr std::array taken{Taken{"keyhold_accounts.name_key", errors::username_taken},
                           Taken{"keyhold_accounts.email_key", errors::email_taken}};
Errc errc_of(const NotUnique& found) {
    const auto* const row = std::ranges::find(taken, found.constraint(), [](const auto& known) { return known.first; });
    return row != taken.end() ? row->second : errors::username_taken;
}

// Whoever is called by an address could log in by it in the place of whoever has it.
bool is_name_of_another(Connection& connection, std::string_view email_key, std::string_view account_id) {
    return connection.finds_any(select_name_of_another, email_key, account_id);
}

// And whoever is called as somebody's address is read would be found in that one's place.
bool is_address_of_another(Connection& connection, std::string_view name_key, std::string_view account_id) {
    return connection.finds_any(select_address_of_another, name_key, account_id);
}

// Asked behind the write: who writes an address that is given up in this very moment has waited for the row that had
// it, and sees then that it is held.
void refuse_held(Connection& connection, std::string_view email_key, std::string_view account_id, Time now) {
    if (is_held_for_another(connection, email_key, account_id, now)) throw NotUnique("keyhold_accounts.email_key");
}

}  // namespace

void insert_account(Connection& connection, const Account& account) { connection.insert(insert, account); }

bool is_name_taken(Connection& connection, std::string_view name_key) {
    return connection.finds_any(select_name, name_key);
}

bool overwrite_password(Connection& connection, std::string_view account_id, std::string_view hash) {
    return connection.run(overwrite_hash, hash, account_id) == 1;
}

bool overwrite_disabled(Connection& connection, std::string_view account_id, bool disabled) {
    return connection.run(update_disabled, disabled, account_id) == 1;
}

bool is_address_taken(Connection& connection, std::string_view email_key, std::string_view account_id) {
    return is_address_of_another(connection, email_key, account_id) ||
           is_name_of_another(connection, email_key, account_id);
}

void overwrite_email(Connection& connection, const Account& account) {
    connection.run(update_email, account.email, account.email_key, false, account.id);
}

// One UPDATE compares and holds, so nobody can come between the two.
bool hold_unchanged(Connection& connection, const Account& seen) {
    const auto [id, username, email, roles, email_verified, disabled, generation] = shown_of(seen);
    return connection.run(hold_as_seen, id, username, email, roles, email_verified, disabled, generation) == 1;
}

// The account's row goes first: whoever begins something for it waits for that row, and then finds none.
bool remove_account(Connection& connection, std::string_view account_id, std::string_view reason, Time now) {
    const auto had = connection.find(select_address, account_id).value_or(OldAddress{});
    const std::string address = had.email.value_or(""), key = had.email_key.value_or("");
    if (!delete_account(connection, account_id, now)) return false;
    record_change(connection, Changed::account, account_id);
    end_sessions(connection, {account_id}, reason, now);
    forget_devices(connection, account_id);
    forget_roles_of(connection, account_id);
    forget_profile(connection, account_id);
    forget_consents_of(connection, account_id);
    erase_person(connection, account_id);
    forget_mails_of(connection, {account_id, address, key, now});
    forget_secrets_of(connection, account_id, key);
    record_event(connection, event_kind("account_deleted"), {.account = account_id});
    return true;
}

bool delete_account(Connection& connection, std::string_view account_id, Time now) {
    connection.run(note_name, now, account_id);
    return connection.run(delete_by_id, account_id) == 1;
}

Result<> AccountStore::create(const Account& account, const std::optional<SecretUse>& use, const OutboxMail* mail,
                              const RolesToGive* roles) {
    try {
        return database_->write([&](Connection& connection) -> Result<> {
            std::vector<std::string> given;
            if (roles != nullptr && !roles->roles.empty()) {
                auto allowed = ask_for(connection, *roles);
                if (!allowed) return std::move(allowed).error();
                given = *std::move(allowed);
            }
            if (account.email_key != account.name_key) {
                if (account.email_key && is_name_of_another(connection, *account.email_key, account.id))
                    return errors::email_taken;
                if (is_address_of_another(connection, account.name_key, account.id)) return errors::username_taken;
            }
            // Before the account is inserted: what returns a refusal is committed, so nothing may be written before it.
            if (use && !use_secret(connection, *use, account.id))
                return Error(errors::registration_refused, "This invitation is unknown, used or expired");
            insert_account(connection, account);
            if (account.email_key) refuse_held(connection, *account.email_key, account.id, account.created_at);
            if (mail != nullptr) insert_mail(connection, *mail);
            record_event(connection, event_kind("registered"),
                         {.account = account.id, .reason = use && use->purpose == "invite" ? "invitation" : ""});
            if (!given.empty()) give_roles(connection, account.id, given, roles->reason);
            return {};
        });
    } catch (const NotUnique& found) {
        return errc_of(found);
    } catch (const DoesNotFit&) {
        // Only a trigger of an adoption writes into a column that is narrower than ours.
        return Error(errors::validation_failed,
                     std::vector<FieldError>{{"value_error",
                                              {"body", "username"},
                                              "The application whose users these are cannot have this name",
                                              std::nullopt}});
    }
}

std::optional<Account> AccountStore::find_by_id(std::string_view id) {
    if (cannot_be_stored(id)) return std::nullopt;  // none is ever stored
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_by_id, id); });
}

std::optional<Account> AccountStore::find_by_name_key(std::string_view name_key) {
    if (cannot_be_stored(name_key)) return std::nullopt;
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_by_name_key, name_key); });
}

std::optional<Account> AccountStore::find_by_email_key(std::string_view email_key) {
    if (cannot_be_stored(email_key)) return std::nullopt;
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_by_email_key, email_key); });
}

bool AccountStore::is_held(std::string_view email_key, Time now) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return is_held_for_another(connection, email_key, "", now); });
}

std::vector<std::string> AccountStore::held_for(std::string_view id, Time now) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return addresses_held_for(connection, id, now); });
}

AccountPage AccountStore::list(std::string_view after, int limit) {
    after = after.substr(0, after.find('\0'));
    if (cannot_be_stored(after)) return {};
    const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
    return database_->use(Intent::read, [&](Connection& connection) {
        // One more tells whether there is a next page.
        AccountPage page{connection.find_all(select_page_of_accounts, after, wanted + 1), {}};
        if (page.accounts.size() <= wanted) return page;
        page.accounts.pop_back();
        page.next = page.accounts.back().name_key;
        return page;
    });
}

bool AccountStore::replace_password_hash(std::string_view id, std::string_view expected, std::string_view replacement,
                                         PasswordForm form) {
    return database_->write(
        [&](Connection& connection) { return connection.run(update_hash, replacement, form, id, expected) == 1; });
}

// First the sessions, then the password: whoever is interrupted still has the old one, and asks again.
bool AccountStore::set_password(const NewPassword& password) {
    const Whose whose{password.id, password.keep_session};
    end_most_sessions(*database_, whose, password.reason, password.now, [&](Connection& connection) {
        return connection.run(hold_generation, password.id, password.generation) == 1;
    });
    return database_->write([&](Connection& connection) {
        if (password.seen != nullptr && !hold_unchanged(connection, *password.seen)) return false;
        if (connection.run(update_password, password.hash, password.form, password.id, password.generation) != 1)
            return false;
        end_access(connection, whose, password.reason, password.now);
        keep_one_device(connection, {password.keep_device, password.id, password.generation});
        if (password.notice != nullptr) insert_mail(connection, *password.notice);
        record_event(connection, event_kind("password_changed"), {.account = password.id});
        return true;
    });
}

// What returns is committed: first the question, then what is written.
Result<> write_address(Connection& connection, const AccountStore::NewAddress& address, std::string_view reason) {
    if (address.key && is_name_of_another(connection, *address.key, address.id)) return errors::email_taken;
    if (address.seen != nullptr && !hold_unchanged(connection, *address.seen)) return errors::precondition_failed;
    if (!hold_account(connection, address.id)) return errors::account_not_found;
    // Read behind the row was held, so it is the address that this change replaces.
    const OldAddress old = connection.find(select_address, address.id).value_or(OldAddress{});
    // Before the address is another one, as links for a new password are those of the address.
    end_handed_out(connection, address.id, address.now);
    connection.run(update_email, address.email, address.key, address.is_verified, address.id);
    if (address.key) refuse_held(connection, *address.key, address.id, address.now);
    if (address.notice != nullptr) {
        insert_mail(connection, *address.notice);
        if (old.email_key && old.email_key != address.key)
            reserve_address(connection, {*old.email_key, address.id, address.notice->id, address.held_until});
    }
    if (address.name) {
        // Tokens of an adopted application name people: nobody who gets that name later may use one of his
        // predecessor's.
        connection.run(note_old_name, address.name->note, address.now, address.id, address.name->key);
        connection.run(update_name, address.name->shown, address.name->key, address.id);
    }
    record_change(connection, Changed::account, address.id);
    const std::string note = old.email.value_or("") + " -> " + address.email.value_or("");
    record_event(connection, event_kind("address_changed"), {.account = address.id, .reason = reason, .note = note});
    return {};
}

Result<> AccountStore::set_email(const NewAddress& address) {
    try {
        return database_->write([&](Connection& connection) { return write_address(connection, address); });
    } catch (const NotUnique& found) {
        return errc_of(found);
    }
}

void AccountStore::end_most(std::string_view id, std::string_view reason, Time now) {
    end_most_sessions(*database_, {id}, reason, now,
                      [&](Connection& connection) { return hold_account(connection, id); });
}

bool AccountStore::set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now) {
    if (disabled) end_most(id, reason, now);
    return database_->write([&](Connection& connection) {
        if (!overwrite_disabled(connection, id, disabled)) return false;
        record_event(connection, disabled ? event_kind("account_disabled") : event_kind("account_enabled"),
                     {.account = id});
        // Enabling ends nothing; what others remember of the account must be forgotten all the same.
        if (!disabled) {
            record_change(connection, Changed::account, id);
            return true;
        }
        end_access(connection, {id}, reason, now);
        return true;
    });
}

bool AccountStore::remove(std::string_view id, std::string_view reason, Time now, std::span<const OutboxMail> notices) {
    end_most(id, reason, now);
    return database_->write([&](Connection& connection) {
        if (!remove_account(connection, id, reason, now)) return false;
        for (const OutboxMail& notice : notices) insert_mail(connection, notice);
        return true;
    });
}

bool AccountStore::end_tokens(std::string_view id, Time now) {
    return database_->write([&](Connection& connection) { return end_tokens_of(connection, id, now); });
}

}  // namespace keyhold::store
