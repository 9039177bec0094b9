// SPDX-License-Identifier: Apache-2.0
#include "store/access/handed_out_rows.hpp"

#include <string>

#include "store/access/account_access.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/session_rows.hpp"

namespace keyhold::store {

namespace {

// Links that a mail would still hold are made when it is sent: it is not.
constexpr Query<
    "UPDATE keyhold_outbox SET state = 3, settled_at = :a, said = 'the account was changed since' WHERE account_id = "
    ":b AND state = 0 AND kind IN ('change_new', 'change_old')",
    "it">
    void_mails_of_account;
constexpr Query<
    "UPDATE keyhold_outbox SET state = 3, settled_at = :a, said = 'the account was changed since' WHERE address = :b "
    "AND account_id = '' AND state = 0 AND kind = 'reset'",
    "it">
    void_mails_to;
// By what stays, so that a purpose that is new ends with the others.
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a WHERE subject = :b AND used_at = 0 AND purpose NOT IN "
    "('verify', 'not_me', 'undo_change', 'held_address')",
    "it">
    end_links_of_subject;
// Also what one side has agreed to already, whose row is used and has the account in it.
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a, account_id = '' WHERE subject = :b AND purpose IN "
    "('change_new', 'change_old')",
    "it">
    end_changes_of_address;
constexpr Query<"SELECT COALESCE(email_key, '') FROM keyhold_accounts WHERE id = :a", "t", std::string> select_key;
constexpr Query<
    "SELECT DISTINCT s.subject FROM keyhold_account_roles m JOIN keyhold_one_time_secrets s ON s.subject = "
    "m.account_id WHERE m.role = :a AND s.purpose = 'sign_in' AND s.used_at = 0 AND s.expires_at > :b",
    "ti", std::string>
    select_members_with_links;

}  // namespace

// The mails before the links: of one that is just being sent, the link is there by then, or is not made any more
// (RecoveryStore::offer).
void end_handed_out(Connection& connection, std::string_view account_id, Time now) {
    const std::string email_key = connection.find(select_key, account_id).value_or("");
    connection.run(void_mails_of_account, now, account_id);
    if (!email_key.empty()) connection.run(void_mails_to, now, email_key);
    connection.run(end_links_of_subject, now, account_id);
    if (!email_key.empty()) connection.run(end_links_of_subject, now, email_key);
    connection.run(end_changes_of_address, now, account_id);
    end_codes_of(connection, account_id, now);
}

void end_handed_out_to_members(Connection& connection, std::string_view role, Time now) {
    for (const std::string& account_id : connection.find_all(select_members_with_links, role, now))
        if (hold_account(connection, account_id)) end_handed_out(connection, account_id, now);
}

void end_access(Connection& connection, const Whose& whose, std::string_view reason, Time now) {
    end_tokens_of(connection, whose.account_id, now);
    end_sessions(connection, whose, reason, now);
    end_handed_out(connection, whose.account_id, now);
}

}  // namespace keyhold::store
