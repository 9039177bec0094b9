// SPDX-License-Identifier: Apache-2.0
#include "store/access/account_access.hpp"

#include "store/database/connection.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a", "t"> hold_one_account;
constexpr Query<
    "UPDATE keyhold_accounts SET disabled = 1, erase_at = :a, generation = generation + 1 WHERE id = :b AND disabled = "
    "0",
    "it">
    update_closed;
constexpr Query<"UPDATE keyhold_accounts SET disabled = 0, erase_at = 0 WHERE id = :a AND erase_at > :b", "ti">
    update_reopened;
constexpr Query<
    "UPDATE keyhold_accounts SET disabled = 0, erase_at = 0 WHERE id = :a AND erase_at > :b AND generation = :c", "tii">
    update_reopened_as_seen;
constexpr Query<
    "UPDATE keyhold_accounts SET tokens_valid_from = CASE WHEN tokens_valid_from > :a THEN tokens_valid_from ELSE :a "
    "END WHERE id = :b",
    "it">
    update_valid_from;

}  // namespace

bool hold_account(Connection& connection, std::string_view account_id) {
    return connection.run(hold_one_account, account_id) == 1;
}

// A second later, as the time in a token is whole seconds: what was issued in this very second is over, too.
bool end_tokens_of(Connection& connection, std::string_view account_id, Time now) {
    if (connection.run(update_valid_from, now + std::chrono::seconds(1), account_id) != 1) return false;
    record_change(connection, Changed::account, account_id);
    return true;
}

bool close_account(Connection& connection, std::string_view account_id, Time erase_at) {
    if (connection.run(update_closed, erase_at, account_id) != 1) return false;
    record_event(connection, event_kind("account_closed"), {.account = account_id});
    return true;
}

bool reopen_account(Connection& connection, std::string_view account_id, Time now,
                    std::optional<std::int64_t> generation) {
    const std::int64_t opened = generation ? connection.run(update_reopened_as_seen, account_id, now, *generation)
                                           : connection.run(update_reopened, account_id, now);
    if (opened != 1) return false;
    record_change(connection, Changed::account, account_id);
    record_event(connection, event_kind("account_reopened"), {.account = account_id});
    return true;
}

}  // namespace keyhold::store
