// SPDX-License-Identifier: Apache-2.0
#include "store/access/secret_store.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/integer.hpp"
#include "store/database/database.hpp"
#include "store/database/statement.hpp"
#include "store/events/event_rows.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_one_time_secrets", OneTimeSecret> insert_new_secret;
constexpr Query<"SELECT {} FROM keyhold_one_time_secrets WHERE digest = :a AND purpose = :b", "tt", OneTimeSecret>
    select_new_secret;
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a, account_id = :b "
    "WHERE digest = :c AND purpose = :d AND used_at = 0 AND expires_at > :a",
    "ittt">
    update_used_secret;
constexpr std::string_view invitation = "invite";
// By the index of their ends: a page costs the same wherever it is.
constexpr Query<
    "SELECT {} FROM keyhold_one_time_secrets WHERE purpose = :a AND used_at = 0 AND expires_at >= :b AND (expires_at > "
    ":b OR digest > :c) ORDER BY expires_at, digest LIMIT :d",
    "titi", OneTimeSecret>
    select_page_of_secrets;
constexpr std::string_view behind_all_digests = "~";  // above every letter of base64url
constexpr Query<"SELECT digest FROM keyhold_one_time_secrets WHERE expires_at < :a LIMIT :b", "ii", std::string>
    select_old_secrets;
constexpr Query<"DELETE FROM keyhold_one_time_secrets WHERE digest = :a", "t"> delete_secret;
constexpr Query<"DELETE FROM keyhold_one_time_secrets WHERE subject = :a", "t"> delete_secrets_of;
// Reads all secrets, as nobody deletes an account every second; by their digests, no other row is held meanwhile.
constexpr Query<"SELECT digest FROM keyhold_one_time_secrets WHERE account_id = :a", "t", std::string> select_used_by;

// The subject is the address, by which it is looked for; a mail's id is no digest of a link.
constexpr std::string_view held_address = "held_address";
constexpr Query<
    "SELECT 1 FROM keyhold_one_time_secrets s JOIN keyhold_accounts a ON a.id = s.account_id WHERE s.subject = :a AND "
    "s.purpose = :b AND s.account_id <> :c AND s.used_at = 0 AND s.expires_at > :d",
    "ttti", std::int64_t>
    select_held;
// Reads all secrets, as nobody undoes a change every minute.
constexpr Query<"SELECT digest FROM keyhold_one_time_secrets WHERE purpose = :a AND account_id = :b AND used_at = 0",
                "tt", std::string>
    select_held_of;
constexpr Query<"UPDATE keyhold_one_time_secrets SET used_at = :a WHERE digest = :b AND purpose = :c", "itt">
    update_released;
struct HeldRow {
    std::string mail_id, email_key;
};
KEYHOLD_ROW(HeldRow, (mail_id, column("digest")), (email_key, column("subject")))
constexpr Query<
    "SELECT {} FROM keyhold_one_time_secrets WHERE purpose = :a AND account_id = :b AND used_at = 0 AND expires_at > "
    ":c AND subject NOT IN (SELECT COALESCE(email_key, '') FROM keyhold_accounts WHERE id = :b) ORDER BY digest",
    "tti", HeldRow>
    select_held_until;
constexpr Query<"SELECT address FROM keyhold_outbox WHERE id = :a", "t", std::string> select_recipient;

}  // namespace

void SecretStore::add(const OneTimeSecret& secret, const OutboxMail* mail) {
    database_->write([&](Connection& connection) {
        connection.insert(insert_new_secret, secret);
        if (secret.purpose == invitation) record_event(connection, event_kind("invited"), {.object = secret.roles});
        if (mail != nullptr) insert_mail(connection, *mail);
        return true;
    });
}

std::optional<OneTimeSecret> SecretStore::find(std::string_view digest, std::string_view purpose) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_new_secret, digest, purpose); });
}

// A cursor is "1764547200.digest": the end of the last one on the page before, and which of that moment it was.
SecretPage SecretStore::list_invitations(Time now, std::string_view after, int limit) {
    // One that ends at `now` is over.
    Time end = now;
    std::string_view digest = behind_all_digests;
    if (!after.empty()) {
        const std::size_t dot = after.find('.');
        const auto seconds = parse_integer<std::int64_t>(after.substr(0, dot));
        if (dot == after.npos || !seconds || cannot_be_stored(after)) return {};
        if (const Time of_cursor{std::chrono::seconds(*seconds)}; of_cursor > now) {
            end = of_cursor;
            digest = after.substr(dot + 1);
        }
    }
    const auto most = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
    SecretPage page{database_->use(Intent::read,
                                   [&](Connection& connection) {
                                       return connection.find_all(select_page_of_secrets, invitation, end, digest,
                                                                  most + 1);
                                   }),
                    {}};
    if (page.secrets.size() <= most) return page;
    page.secrets.pop_back();
    const OneTimeSecret& last = page.secrets.back();
    page.next = std::to_string(last.expires_at.time_since_epoch().count()) + "." + last.digest;
    return page;
}

bool SecretStore::revoke_invitation(std::string_view digest, Time now) {
    if (cannot_be_stored(digest)) return false;
    return database_->write([&](Connection& connection) {
        const auto found = connection.find(select_new_secret, digest, invitation);
        // Of somebody who registers with it and this one, the UPDATE says who was first.
        if (!found || !use_secret(connection, {found->digest, found->purpose, now}, {})) return false;
        record_event(connection, event_kind("invitation_revoked"), {.object = found->roles});
        return true;
    });
}

std::int64_t SecretStore::purge(Time time, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = connection.find_all(select_old_secrets, time, limit);
        for (const std::string& digest : found) connection.run(delete_secret, digest);
        return static_cast<std::int64_t>(found.size());
    });
}

bool use_secret(Connection& connection, const SecretUse& use, std::string_view account_id) {
    return connection.run(update_used_secret, use.now, account_id, use.digest, use.purpose) == 1;
}

void forget_secrets_of(Connection& connection, std::string_view account_id, std::string_view address) {
    connection.run(delete_secrets_of, account_id);
    if (!address.empty()) connection.run(delete_secrets_of, address);
    for (const std::string& digest : connection.find_all(select_used_by, account_id))
        connection.run(delete_secret, digest);
}

void reserve_address(Connection& connection, const HeldAddress& held) {
    connection.insert(insert_new_secret, OneTimeSecret{.digest = std::string(held.mail_id),
                                                       .purpose = std::string(held_address),
                                                       .account_id = std::string(held.account_id),
                                                       .address = {},
                                                       .attempts = 0,
                                                       .expires_at = held.until,
                                                       .used_at = {},
                                                       .subject = std::string(held.email_key)});
}

bool is_held_for_another(Connection& connection, std::string_view email_key, std::string_view account_id, Time now) {
    return connection.finds_any(select_held, email_key, held_address, account_id, now);
}

std::vector<std::string> addresses_held_for(Connection& connection, std::string_view account_id, Time now) {
    std::vector<std::string> addresses, keys;
    for (const HeldRow& held : connection.find_all(select_held_until, held_address, account_id, now)) {
        if (std::ranges::find(keys, held.email_key) != keys.end()) continue;  // it was given up more than once
        keys.push_back(held.email_key);
        addresses.push_back(connection.find(select_recipient, held.mail_id).value_or(held.email_key));
    }
    return addresses;
}

void release_addresses_of(Connection& connection, std::string_view account_id, Time now) {
    for (const std::string& digest : connection.find_all(select_held_of, held_address, account_id))
        connection.run(update_released, now, digest, held_address);
}

}  // namespace keyhold::store
