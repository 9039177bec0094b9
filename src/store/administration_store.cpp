// SPDX-License-Identifier: Apache-2.0
#include "store/administration_store.hpp"

#include <algorithm>

#include "store/account_rows.hpp"
#include "store/change_rows.hpp"
#include "store/database.hpp"
#include "store/errors.hpp"
#include "store/role_store.hpp"
#include "store/session_rows.hpp"

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
constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a", "t"> hold_account;

// Behind all texts that begin with the prefix: no text has this code point, which is none of anybody's (Unicode 15
// §23.7), and the order of UTF-8 is that of code points.
std::string behind(std::string_view prefix) { return std::string(prefix) + "\U0010FFFF"; }

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

AccountPage AdministrationStore::search(const Search& search) {
    if (holds_nul(search.prefix) || holds_nul(search.after)) return {};
    const auto wanted = static_cast<std::size_t>(std::clamp(search.limit, 1, 1000));
    const std::string end = behind(search.prefix);
    const bool is_first = search.after.empty(), is_by_name = search.by == By::name;
    const std::string_view begin = is_first ? search.prefix : search.after;
    return database_->use(Intent::read, [&](Connection& connection) {
        const auto find = [&](const auto& query) { return connection.find_all(query, begin, end, wanted + 1); };
        AccountPage page;
        if (is_by_name)
            page.accounts = is_first ? find(select_first_by_name) : find(select_next_by_name);
        else
            page.accounts = is_first ? find(select_first_by_address) : find(select_next_by_address);
        if (page.accounts.size() <= wanted) return page;
        page.accounts.pop_back();
        const Account& last = page.accounts.back();
        page.next = is_by_name ? last.name_key : last.email_key.value_or("");
        return page;
    });
}

Result<> AdministrationStore::disable(std::string_view id, std::string_view role, std::string_view reason, Time now) {
    const auto is_last = [&](Connection& connection) {
        return connection.finds_any(select_membership, id, role) && !others_have_role(connection, role, id);
    };
    if (database_->use(Intent::read, is_last)) return errors::last_administrator;
    end_most_sessions(*database_, {id}, reason, now,
                      [&](Connection& connection) { return connection.run(hold_account, id) == 1; });
    return write_change(*database_, [&](Connection& connection) -> Result<> {
        hold_roles(connection);
        if (is_last(connection)) return errors::last_administrator;
        if (!overwrite_disabled(connection, id, true)) return errors::account_not_found;
        end_tokens_of(connection, id, now);
        end_sessions(connection, {id}, reason, now);
        return {};
    });
}

}  // namespace keyhold::store
