// SPDX-License-Identifier: Apache-2.0
#include "store/accounts/recovery_store.hpp"

#include <algorithm>
#include <string>

#include "base/ip_address.hpp"
#include "store/access/account_access.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/device_rows.hpp"
#include "store/access/handed_out_rows.hpp"
#include "store/access/session_rows.hpp"
#include "store/accounts/account_rows.hpp"
#include "store/database/database.hpp"
#include "store/errors.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"
#include "store/events/recipient_digest.hpp"

namespace keyhold::store {

namespace {

// Mails that were asked for count, whether they were sent or not: a guesser must not learn from the limit whether there
// is such an account.
constexpr Query<"SELECT COUNT(*) FROM keyhold_outbox WHERE address IN (:a, :b, :c) AND kind = :d AND created_at > :e",
                "tttti", std::int64_t>
    count_of_recipient;
constexpr Query<
    "SELECT COUNT(*) FROM keyhold_outbox WHERE id >= :a AND created_at > :b AND kind IN ('reset', 'verify', "
    "'change_new')",
    "ti", std::int64_t>
    count_of_all;

struct OriginCount {
    std::string origin;
    std::int64_t many = 0;
};
KEYHOLD_ROW(OriginCount, (origin), (many))
constexpr Query<
    "SELECT {} FROM (SELECT origin, COUNT(*) AS many FROM keyhold_outbox WHERE id >= :a AND created_at > :b AND kind "
    "IN ('reset', 'verify', 'change_new') GROUP BY origin) counted",
    "ti", OriginCount>
    count_by_origin;

constexpr Insert<"keyhold_one_time_secrets", OneTimeSecret> insert_secret;
constexpr Query<"SELECT {} FROM keyhold_one_time_secrets WHERE digest = :a AND purpose = :b", "tt", OneTimeSecret>
    select_secret;
// Whether there is one that ends later, which is taken for a newer one.
constexpr Query<"SELECT 1 FROM keyhold_one_time_secrets WHERE subject = :a AND purpose = :b AND expires_at > :c", "tti",
                std::int64_t>
    select_newer;
constexpr Query<"UPDATE keyhold_one_time_secrets SET used_at = :a WHERE subject = :b AND purpose = :c AND used_at = 0",
                "itt">
    update_over;
constexpr Query<
    "SELECT {} FROM keyhold_one_time_secrets WHERE subject = :a AND purpose = :b AND used_at = 0 AND expires_at > :c "
    "ORDER BY expires_at DESC LIMIT 1",
    "tti", OneTimeSecret>
    select_newest;
// The row is held until the transaction is over, so that tries at once are counted one after the other.
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET attempts = attempts + 1 WHERE digest = :a AND purpose = :b AND used_at = 0 "
    "AND expires_at > :c AND attempts < :d",
    "ttii">
    update_attempts;
constexpr Query<"UPDATE keyhold_one_time_secrets SET attempts = attempts - 1 WHERE digest = :a AND purpose = :b", "tt">
    update_right;

constexpr Query<"UPDATE keyhold_outbox SET attempts = attempts WHERE id = :a", "t"> hold_mail;
constexpr Query<"SELECT 1 FROM keyhold_outbox WHERE id = :a AND state = 3", "t", std::int64_t> select_void_mail;

// Hold the account's row, and say whether it is still what the mail was for.
constexpr Query<"UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND email_key = :b AND disabled = 0",
                "tt">
    hold_address;
constexpr Query<
    "UPDATE keyhold_accounts SET generation = generation WHERE id = :a AND email_key = :b AND (disabled = 0 OR "
    "erase_at "
    "> :c)",
    "tti">
    hold_for_reset;
constexpr Query<
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = :b, email_verified = 1, generation = generation + "
    "1 "
    "WHERE id = :c",
    "tit">
    overwrite_password_hash;
constexpr Query<"UPDATE keyhold_accounts SET email_verified = 1 WHERE id = :a", "t"> update_verified;
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a WHERE subject = :b AND purpose = 'undo_change' AND used_at = 0",
    "it">
    end_undoing;
// A link that was used has the account in its row; one whose place a newer one took has not.
constexpr Query<
    "SELECT 1 FROM keyhold_one_time_secrets WHERE subject = :a AND purpose = :b AND address = :c AND account_id = :a "
    "AND used_at > 0 AND expires_at > :d",
    "ttti", std::int64_t>
    select_own_consent;
constexpr Query<"SELECT email_verified FROM keyhold_accounts WHERE id = :a", "t", std::int64_t> select_verified;

bool has_enough(Connection& connection, std::string_view kind, std::string_view address, const MailLimits& limits) {
    const std::string_view key = limits.recipient_key.empty() ? address : limits.recipient_key;
    return connection.find(count_of_recipient, address, key, recipient_digest(key), kind, limits.since).value_or(0) >=
           limits.of_recipient;
}

// Whether all, or the network that asks, have as many as there may be.
bool have_enough(Connection& connection, std::string_view origin, const MailLimits& limits) {
    if (limits.of_all == 0) return false;
    const auto from = IpAddress::parse(origin);
    if (limits.parts_of_network == 0 || !from)
        return connection.find(count_of_all, limits.first_id, limits.since).value_or(0) >= limits.of_all;
    std::int64_t all = 0, own = 0;
    for (const OriginCount& counted : connection.find_all(count_by_origin, limits.first_id, limits.since)) {
        all += counted.many;
        const auto other = IpAddress::parse(counted.origin);
        if (other && other->network() == from->network()) own += counted.many;
    }
    const std::int64_t left = limits.of_all - all;
    return left <= 0 || own >= std::max(limits.of_recipient, left / limits.parts_of_network);
}

// Without using it up: for what comes before the transaction that does.
std::optional<OneTimeSecret> usable(Connection& connection, const SecretUse& use) {
    auto found = connection.find(select_secret, use.digest, use.purpose);
    if (!found || found->used_at || found->expires_at <= use.now) return std::nullopt;
    return found;
}

// What an attacker who got into the account could go on with, and what he has arranged in it.
void end_all(Connection& connection, std::string_view account_id, std::string_view reason, Time now) {
    end_access(connection, {account_id}, reason, now);
    forget_devices(connection, account_id);
    for (const std::string& client : forget_consents_of(connection, account_id))
        record_event(connection, event_kind("consent_withdrawn"),
                     {.account = account_id, .object = client, .reason = reason});
}

}  // namespace

bool RecoveryStore::ask(const OutboxMail& mail, const MailLimits& limits, const OutboxMail* also,
                        std::string_view for_account) {
    return database_->write([&](Connection& connection) {
        // Counted and written in one transaction, so that on one node nobody gets more than the limit by asking at the
        // same moment.
        if (has_enough(connection, mail.kind, mail.address, limits)) return false;
        if (!mail.account.empty() &&
            mails_of_account(connection, mail.account, mail.kind, limits.since) >= limits.of_account)
            return false;
        if (have_enough(connection, mail.origin, limits)) return false;
        insert_mail(connection, mail);
        if (mail.kind == "change_new")
            record_event(
                connection, event_kind("address_change_asked"),
                {.account = mail.account, .note = mail.other_address.empty() ? mail.address : mail.other_address});
        if (!for_account.empty()) record_event(connection, event_kind("reset_mailed"), {.account = for_account});
        if (also != nullptr) insert_mail(connection, *also);
        return true;
    });
}

bool RecoveryStore::is_enough(std::string_view kind, std::string_view address, const MailLimits& limits) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return has_enough(connection, kind, address, limits); });
}

void RecoveryStore::add_void(OutboxMail mail, Time now, std::string_view why) {
    mail.state = MailState::voided;
    mail.settled_at = now;
    mail.said = why;
    database_->write([&](Connection& connection) {
        insert_mail(connection, mail);
        return true;
    });
}

bool RecoveryStore::offer(const std::vector<OneTimeSecret>& secrets, Time now) {
    const auto offered = [&](Connection& connection) {
        for (const OneTimeSecret& secret : secrets) {
            const bool is_first = &secret == &secrets.front();
            // The mail is tried again: its secrets are made of its id, and so are there already. Where the first one
            // was used, or a newer one took its place, the mail has nothing to tell any more.
            if (const auto known = connection.find(select_secret, secret.digest, secret.purpose)) {
                if (is_first && known->used_at) return false;
                continue;
            }
            // Of those that have codes only the newest is good, since a code is looked for by whom it was sent to.
            if (!secret.mail_id.empty()) {
                // Held, so that whoever changes the account now waits and finds the link, or has been faster.
                connection.run(hold_mail, secret.mail_id);
                if (connection.finds_any(select_void_mail, secret.mail_id)) return false;
                if (connection.finds_any(select_newer, secret.subject, secret.purpose, secret.expires_at)) return false;
                connection.run(update_over, now, secret.subject, secret.purpose);
            }
            connection.insert(insert_secret, secret);
            if (secret.purpose == "sign_in")
                record_event(connection, event_kind("login_link_made"), {.account = secret.subject});
        }
        return true;
    };
    try {
        return database_->write(offered);
    } catch (const NotUnique&) {  // another node has the same mail: its lease was over
        return database_->write(offered);
    }
}

std::optional<OneTimeSecret> RecoveryStore::find_usable(const SecretUse& use) {
    return database_->use(Intent::read, [&](Connection& connection) { return usable(connection, use); });
}

std::optional<OneTimeSecret> RecoveryStore::try_code(const CodeTry& attempt,
                                                     const std::function<bool(const OneTimeSecret&)>& opens) {
    return database_->write([&](Connection& connection) -> std::optional<OneTimeSecret> {
        auto found = connection.find(select_newest, attempt.subject, attempt.purpose, attempt.now);
        if (!found) return std::nullopt;
        // Counted as wrong first and taken back when it was right: so many tries at once cannot all be looked at before
        // one of them counts.
        if (connection.run(update_attempts, found->digest, found->purpose, attempt.now, code_attempts) != 1)
            return std::nullopt;
        if (!opens(*found)) return std::nullopt;
        connection.run(update_right, found->digest, found->purpose);
        return found;
    });
}

// First the sessions, then the password: AccountStore::set_password().
bool RecoveryStore::reset_password(const PasswordReset& reset) {
    const auto holds = [&](Connection& connection) {
        return connection.run(hold_for_reset, reset.account_id, reset.email_key, reset.use.now) == 1;
    };
    end_most_sessions(*database_, {reset.account_id}, reset.reason, reset.use.now,
                      [&](Connection& connection) { return holds(connection) && usable(connection, reset.use); });
    return database_->write([&](Connection& connection) {
        // The account's row before the link's, as in all functions here: whoever took hold of them in another order
        // could wait for us while we wait for him.
        if (!holds(connection) || !use_secret(connection, reset.use, reset.account_id)) return false;
        connection.run(overwrite_password_hash, reset.hash, reset.form, reset.account_id);
        record_event(connection, event_kind("password_changed"), {.account = reset.account_id, .reason = "reset"});
        // Does nothing where the account was not closed.
        reopen_account(connection, reset.account_id, reset.use.now);
        end_all(connection, reset.account_id, reset.reason, reset.use.now);
        if (reset.notice != nullptr) insert_mail(connection, *reset.notice);
        return true;
    });
}

bool RecoveryStore::verify_email(const SecretUse& use, std::string_view account_id, std::string_view email_key) {
    return database_->write([&](Connection& connection) {
        if (connection.run(hold_address, account_id, email_key) != 1) return false;
        if (!use_secret(connection, use, account_id)) return false;
        connection.run(update_verified, account_id);
        record_change(connection, Changed::account, account_id);
        record_event(connection, event_kind("address_verified"), {.account = account_id});
        return true;
    });
}

bool RecoveryStore::end_everything(const SecretUse& use, std::string_view account_id, std::string_view reason) {
    end_most_sessions(*database_, {account_id}, reason, use.now, [&](Connection& connection) {
        return hold_account(connection, account_id) && usable(connection, use);
    });
    return database_->write([&](Connection& connection) {
        if (!hold_account(connection, account_id)) return false;
        if (!use_secret(connection, use, account_id)) return false;
        end_all(connection, account_id, reason, use.now);
        record_event(connection, event_kind("session_ended"), {.account = account_id, .reason = reason});
        return true;
    });
}

Result<Consented> RecoveryStore::consent(const AddressConsent& consent) {
    const AccountStore::NewAddress& wanted = consent.address;
    try {
        return database_->write([&](Connection& connection) -> Result<Consented> {
            if (!hold_account(connection, wanted.id) || !usable(connection, consent.use))
                return errors::account_not_found;
            const bool is_new = consent.use.purpose == "change_new";
            // The old address is not asked if it was never verified, because nobody has shown that mail arrives there.
            const bool old_is_asked = connection.find(select_verified, wanted.id).value_or(0) != 0;
            const bool other_has_agreed = connection.finds_any(select_own_consent, wanted.id, consent.other_purpose,
                                                               consent.agreed, consent.use.now);
            const bool waits = !other_has_agreed && (!is_new || old_is_asked);
            // Asked first, as what is refused is committed too.
            if (!waits && is_address_taken(connection, wanted.key.value_or(""), wanted.id)) return errors::email_taken;
            if (!use_secret(connection, consent.use, wanted.id)) return errors::account_not_found;
            if (waits) {
                record_event(connection, event_kind("address_change_agreed"),
                             {.account = wanted.id, .reason = is_new ? "new_address" : "old_address"});
                return Consented::one_side;
            }
            if (auto written = write_address(connection, wanted); !written) return std::move(written).error();
            return Consented::both;
        });
    } catch (const NotUnique&) {
        return errors::email_taken;
    }
}

Result<> RecoveryStore::undo_change(const SecretUse& use, const AccountStore::NewAddress& address,
                                    std::string_view reason) {
    end_most_sessions(*database_, {address.id}, reason, use.now, [&](Connection& connection) {
        return hold_account(connection, address.id) && usable(connection, use);
    });
    // The sessions end whether the address is free or not: whoever undoes a change says that it was not him. The link
    // is used up only by what it is for.
    const auto undo = [&](Connection& connection, bool is_free) -> Result<> {
        if (!hold_account(connection, address.id) || !usable(connection, use)) return errors::account_not_found;
        is_free = is_free && !is_address_taken(connection, address.key.value_or(""), address.id);
        if (is_free) {
            if (!use_secret(connection, use, address.id)) return errors::account_not_found;
            if (auto written = write_address(connection, address, "undone"); !written) return written;
            connection.run(end_undoing, use.now, address.id);
            release_addresses_of(connection, address.id, use.now);
        }
        end_all(connection, address.id, reason, use.now);
        return is_free ? Result<>() : Result<>(errors::email_taken);
    };
    try {
        return database_->write([&](Connection& connection) { return undo(connection, true); });
    } catch (const NotUnique&) {  // somebody takes it in this very moment
        return database_->write([&](Connection& connection) { return undo(connection, false); });
    }
}

}  // namespace keyhold::store
