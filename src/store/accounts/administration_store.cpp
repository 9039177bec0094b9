// SPDX-License-Identifier: Apache-2.0
#include "store/accounts/administration_store.hpp"

#include <algorithm>

#include "store/access/account_access.hpp"
#include "store/access/handed_out_rows.hpp"
#include "store/access/session_rows.hpp"
#include "store/accounts/account_rows.hpp"
#include "store/accounts/role_store.hpp"
#include "store/database/database.hpp"
#include "store/errors.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

// One lower bound each, so that the index is entered where the page begins.
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE name_key >= :a AND name_key < :b ORDER BY name_key LIMIT :c",
                "tti", Account>
    select_first_by_name;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE name_key > :a AND name_key < :b ORDER BY name_key LIMIT :c",
                "tti", Account>
    select_next_by_name;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE email_key >= :a AND email_key < :b ORDER BY email_key LIMIT :c",
                "tti", Account>
    select_first_by_address;
constexpr Query<"SELECT {} FROM keyhold_accounts WHERE email_key > :a AND email_key < :b ORDER BY email_key LIMIT :c",
                "tti", Account>
    select_next_by_address;
constexpr Query<"SELECT 1 FROM keyhold_account_roles WHERE account_id = :a AND role = :b", "tt", std::int64_t>
    select_membership;

constexpr Query<"SELECT {} FROM keyhold_accounts WHERE erase_at > 0 AND erase_at <= :a ORDER BY erase_at LIMIT 100",
                "i", Account>
    select_accounts_due;
constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND erase_at = :b", "ti">
    hold_closed;
constexpr Query<"SELECT COUNT(*) FROM keyhold_accounts", "", std::int64_t> count_all;

constexpr std::size_t most_looked_at = 2000;  // accounts, for a page of which only some are wanted: a few milliseconds

// Behind all texts that begin with the prefix: no text has this code point, which is none of anybody's (Unicode 15
// §23.7), and the order of UTF-8 is that of code points.
std::string behind(std::string_view prefix) { return std::string(prefix) + "\U0010FFFF"; }

}  // namespace

bool AdministrationStore::is_wanted(const Search& search, const Account& account) {
    return account.disabled == search.disabled.value_or(account.disabled) &&
           account.email_verified == search.verified.value_or(account.email_verified) &&
           (search.role.empty() || has_word(account.roles.names(), search.role));
}

AccountPage AdministrationStore::search(const Search& search) {
    if (cannot_be_stored(search.prefix) || cannot_be_stored(search.after) || cannot_be_stored(search.role)) return {};
    const bool is_filtered = search.disabled || search.verified || !search.role.empty();
    const auto wanted = static_cast<std::size_t>(std::clamp(search.limit, 1, 1000));
    const std::size_t looked_at = is_filtered ? most_looked_at : wanted;
    const std::string end = behind(search.prefix);
    const bool is_first = search.after.empty(), is_by_name = search.by == By::name;
    const std::string_view begin = is_first ? search.prefix : search.after;
    auto found = database_->use(Intent::read, [&](Connection& connection) {
        const auto find = [&](const auto& query) { return connection.find_all(query, begin, end, looked_at + 1); };
        if (is_by_name) return is_first ? find(select_first_by_name) : find(select_next_by_name);
        return is_first ? find(select_first_by_address) : find(select_next_by_address);
    });
    const auto key_of = [&](const Account& account) {
        return is_by_name ? account.name_key : account.email_key.value_or("");
    };
    AccountPage page;
    for (std::size_t i = 0; i < found.size(); ++i) {
        // One more tells whether there is a next page.
        // Ended by either limit; the next page begins behind the last account that was looked at, wanted or not.
        if (page.accounts.size() == wanted || i == looked_at) {
            page.next = key_of(found[i - 1]);
            break;
        }
        if (is_wanted(search, found[i])) page.accounts.push_back(found[i]);
    }
    return page;
}

std::int64_t AdministrationStore::count() {
    return database_->use(Intent::read, [](Connection& connection) { return connection.find(count_all).value_or(0); });
}

Result<> AdministrationStore::change(const Account& seen, std::string_view role, std::string_view reason, Time now,
                                     const std::function<void(Connection&)>& make) {
    const auto is_last = [&](Connection& connection) {
        return connection.finds_any(select_membership, seen.id, role) && !others_have_role(connection, role, seen.id);
    };
    // Asked before any session ends, as the sessions of the last administrator must not end for a change that is
    // refused. Asked again in the transaction, where the answer counts.
    if (database_->use(Intent::read, is_last)) return errors::last_administrator;
    end_most_sessions(*database_, {seen.id}, reason, now,
                      [&](Connection& connection) { return hold_unchanged(connection, seen); });
    return database_->write([&](Connection& connection) -> Result<> {
        // Roles are locked, so that two administrators cannot remove each other at the same time and leave none.
        hold_roles(connection);
        if (!hold_unchanged(connection, seen)) return errors::precondition_failed;
        if (is_last(connection)) return errors::last_administrator;
        make(connection);
        return {};
    });
}

Result<> AdministrationStore::set_disabled(const Account& seen, bool disabled, std::string_view role,
                                           std::string_view reason, Time now) {
    if (disabled)
        return change(seen, role, reason, now, [&](Connection& connection) {
            overwrite_disabled(connection, seen.id, true);
            end_access(connection, {seen.id}, reason, now);
            record_event(connection, event_kind("account_disabled"), {.account = seen.id});
        });
    return database_->write([&](Connection& connection) -> Result<> {
        if (!hold_unchanged(connection, seen)) return errors::precondition_failed;
        overwrite_disabled(connection, seen.id, false);
        record_change(connection, Changed::account, seen.id);
        record_event(connection, event_kind("account_enabled"), {.account = seen.id});
        return {};
    });
}

Result<> AdministrationStore::remove(const Account& seen, std::string_view role, std::string_view reason, Time now,
                                     std::span<const OutboxMail> notices) {
    return change(seen, role, reason, now, [&](Connection& connection) {
        remove_account(connection, seen.id, reason, now);
        for (const OutboxMail& notice : notices) insert_mail(connection, notice);
    });
}

Result<> AdministrationStore::close(const Closing& closing) {
    const std::string_view id = closing.seen.id;
    return change(closing.seen, closing.role, closing.reason, closing.now, [&](Connection& connection) {
        close_account(connection, id, closing.erase_at);
        end_access(connection, {id}, closing.reason, closing.now);
        if (closing.notice != nullptr) insert_mail(connection, *closing.notice);
    });
}

std::vector<Account> AdministrationStore::find_due(Time now) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find_all(select_accounts_due, now); });
}

// `erase_at` is compared: whoever came back and closed the account again has another one.
bool AdministrationStore::erase(const Account& closed, std::string_view reason, Time now) {
    return database_->write([&](Connection& connection) {
        return connection.run(hold_closed, closed.id, closed.erase_at.value_or(Time{})) == 1 &&
               remove_account(connection, closed.id, reason, now);
    });
}

}  // namespace keyhold::store
