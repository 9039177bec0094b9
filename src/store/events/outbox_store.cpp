// SPDX-License-Identifier: Apache-2.0
#include "store/events/outbox_store.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "store/database/database.hpp"
#include "store/events/event_rows.hpp"
#include "store/events/recipient_digest.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_outbox", OutboxMail> insert_into_outbox;
constexpr Query<"SELECT {} FROM keyhold_outbox WHERE id = :a", "t", OutboxMail> select_mail;
// Several, as others may be faster with the first ones.
constexpr Query<"SELECT {} FROM keyhold_outbox WHERE state = 0 AND due_at <= :a ORDER BY due_at LIMIT 20", "i",
                OutboxMail>
    select_mails_due;
constexpr Query<
    "UPDATE keyhold_outbox SET due_at = :a, attempts = attempts + 1 WHERE id = :b AND state = 0 AND attempts = :c AND "
    "due_at <= :d",
    "itii">
    update_leased;
// Also counts if the lease is over by now: a mail that was sent cannot be taken back and must not be sent again.
constexpr Query<"UPDATE keyhold_outbox SET state = 1, settled_at = :a, said = :b WHERE id = :c AND state <> 1", "itt">
    update_sent;
// `attempts` tells one lease from the next: whose lease is over and given to another finds another number, and changes
// nothing.
constexpr Query<"UPDATE keyhold_outbox SET due_at = :a, said = :b WHERE id = :c AND state = 0 AND attempts = :d",
                "itti">
    update_due;
constexpr Query<
    "UPDATE keyhold_outbox SET state = :e, settled_at = :a, said = :b WHERE id = :c AND state = 0 AND attempts = :d",
    "ittii">
    update_given_up;
constexpr Query<
    "UPDATE keyhold_outbox SET state = 0, settled_at = 0, due_at = :a, expires_at = :b, attempts = attempts + 1 WHERE "
    "id = :c AND state <> 1 AND language <> ''",
    "iit">
    update_retried;
constexpr Query<"DELETE FROM keyhold_outbox WHERE id = :a", "t"> delete_mail;
constexpr Query<"SELECT {} FROM keyhold_outbox WHERE id < :a ORDER BY id DESC LIMIT :b", "ti", OutboxMail>
    select_page_of_mails;
constexpr Query<"SELECT {} FROM keyhold_outbox WHERE state = :a AND id < :b ORDER BY id DESC LIMIT :c", "iti",
                OutboxMail>
    select_page_of_state;
constexpr Query<"DELETE FROM keyhold_outbox WHERE account_id = :a", "t"> delete_mails_of;
// Notices that wait tell somebody what was done to the account, which deleting it does not undo.
constexpr Query<
    "UPDATE keyhold_outbox SET account_id = '' WHERE account_id = :a AND state = 0 AND kind IN ('address_changed', "
    "'password_changed', 'new_device')",
    "t">
    detach_notices;
constexpr Query<
    "DELETE FROM keyhold_outbox WHERE address = :a AND account_id = '' AND kind NOT IN ('address_changed', "
    "'password_changed', 'new_device', 'account_deleted') AND language <> ''",
    "t">
    delete_mails_to;
struct CountedMail {
    std::string id, address;
};
KEYHOLD_ROW(CountedMail, (id), (address))
constexpr Query<
    "SELECT {} FROM keyhold_outbox WHERE account_id = :a AND created_at > :b AND kind IN ('reset', 'verify', "
    "'change_new', 'taken')",
    "ti", CountedMail>
    select_counted_of_account;
constexpr Query<
    "SELECT {} FROM keyhold_outbox WHERE address = :a AND account_id = '' AND created_at > :b AND kind IN ('reset', "
    "'verify', 'change_new', 'taken')",
    "ti", CountedMail>
    select_counted_of_address;
// `state` comes last, as MariaDB compares what was assigned before.
constexpr Query<
    "UPDATE keyhold_outbox SET account_id = '', address = :a, language = '', origin = '', device = '', other_address "
    "= '', said = '', settled_at = CASE WHEN state = 0 THEN :b ELSE settled_at END, state = CASE WHEN state = 0 THEN "
    "3 ELSE state END WHERE id = :c",
    "tit">
    keep_count;
constexpr Query<"SELECT COUNT(*) FROM keyhold_outbox WHERE account_id = :a AND created_at > :b AND kind = :c", "tit",
                std::int64_t>
    count_of_account;
constexpr Query<"SELECT COUNT(*) FROM keyhold_outbox WHERE state = :a", "i", std::int64_t> count_state;
constexpr Query<"SELECT COUNT(*) FROM keyhold_outbox WHERE address = :a AND state = 1 AND settled_at >= :b", "ti",
                std::int64_t>
    count_of_address;
constexpr Query<"SELECT COUNT(*) FROM keyhold_outbox WHERE state = 1 AND settled_at >= :a", "i", std::int64_t>
    count_since;
constexpr Query<"SELECT id FROM keyhold_outbox WHERE state > 0 AND settled_at < :a LIMIT :b", "ii", std::string>
    select_settled;
constexpr Query<"SELECT id FROM keyhold_outbox WHERE state > 0 AND language = '' AND created_at <= :a LIMIT :b", "ii",
                std::string>
    select_counted;

constexpr std::string_view behind_all_mails = "~";  // above every id, which begins with a hexadecimal digit

}  // namespace

void insert_mail(Connection& connection, const OutboxMail& mail) { connection.insert(insert_into_outbox, mail); }

std::int64_t mails_of_account(Connection& connection, std::string_view account_id, std::string_view kind, Time since) {
    return connection.find(count_of_account, account_id, since, kind).value_or(0);
}

void forget_mails_of(Connection& connection, const MailsOf& whose) {
    const Time counted_since = whose.now - mails_count_for;
    connection.run(detach_notices, whose.account);
    const auto keep = [&](const CountedMail& mail) {
        const bool is_own = mail.address == whose.address;
        const std::string digest = recipient_digest(is_own ? whose.address_key : mail.address);
        connection.run(keep_count, digest, whose.now, mail.id);
    };
    for (const auto& mail : connection.find_all(select_counted_of_account, whose.account, counted_since)) keep(mail);
    connection.run(delete_mails_of, whose.account);
    if (whose.address_key.empty()) return;
    for (const auto& mail : connection.find_all(select_counted_of_address, whose.address_key, counted_since))
        keep(mail);
    connection.run(delete_mails_to, whose.address_key);
}

std::optional<MailState> find_mail_state(std::string_view name) {
    const auto* const found = std::ranges::find(mail_states, name);
    if (found == mail_states.end()) return std::nullopt;
    return static_cast<MailState>(found - mail_states.begin());
}

void OutboxStore::add(const OutboxMail& mail) {
    database_->write([&](Connection& connection) {
        insert_mail(connection, mail);
        return true;
    });
}

// Read first: where nothing is due, as nearly always, nobody writes. The UPDATE decides.
std::optional<OutboxMail> OutboxStore::lease(Time now, Time until) {
    auto due = database_->use(Intent::read,
                              [&](Connection& connection) { return connection.find_all(select_mails_due, now); });
    for (OutboxMail& mail : due) {
        const bool is_ours = database_->write([&](Connection& connection) {
            return connection.run(update_leased, until, mail.id, mail.attempts, now) == 1;
        });
        if (!is_ours) continue;
        ++mail.attempts;
        mail.due_at = until;
        return std::move(mail);
    }
    return std::nullopt;
}

bool OutboxStore::sent(const OutboxMail& leased, Time now, std::string_view said) {
    return database_->write(
        [&](Connection& connection) { return connection.run(update_sent, now, said, leased.id) == 1; });
}

bool OutboxStore::try_again(const OutboxMail& leased, Time due_at, std::string_view said) {
    return database_->write([&](Connection& connection) {
        return connection.run(update_due, due_at, said, leased.id, leased.attempts) == 1;
    });
}

bool OutboxStore::give_up(const OutboxMail& leased, Time now, std::string_view said, MailState as) {
    return database_->write([&](Connection& connection) {
        return connection.run(update_given_up, now, said, leased.id, leased.attempts, as) == 1;
    });
}

std::optional<OutboxMail> OutboxStore::find(std::string_view id) {
    if (cannot_be_stored(id)) return std::nullopt;
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_mail, id); });
}

MailPage OutboxStore::list(std::optional<MailState> state, std::string_view after, std::int64_t limit) {
    if (cannot_be_stored(after)) return {};
    const std::string_view before = after.empty() ? behind_all_mails : after;
    const auto wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, 1000));
    return database_->use(Intent::read, [&](Connection& connection) {
        // One more tells whether there is a next page.
        MailPage page{state ? connection.find_all(select_page_of_state, *state, before, wanted + 1)
                            : connection.find_all(select_page_of_mails, before, wanted + 1),
                      {}};
        if (page.mails.size() <= wanted) return page;
        page.mails.pop_back();
        page.next = page.mails.back().id;
        return page;
    });
}

// A page of each state by its index, of which the newest are taken.
MailPage OutboxStore::list_of_interest(std::string_view after, std::int64_t limit) {
    MailPage all;
    bool is_more = false;
    for (const MailState state : {MailState::waiting, MailState::sent, MailState::dead}) {
        auto page = list(state, after, limit);
        is_more = is_more || !page.next.empty();
        std::ranges::move(page.mails, std::back_inserter(all.mails));
    }
    std::ranges::sort(all.mails, std::greater(), &OutboxMail::id);
    const auto wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, 1000));
    if (all.mails.size() > wanted) {
        all.mails.resize(wanted);
        is_more = true;
    }
    if (is_more) all.next = all.mails.back().id;
    return all;
}

std::int64_t OutboxStore::count(MailState state) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(count_state, state).value_or(0); });
}

// Counts an attempt, so that a sender who still has an old lease cannot settle the mail.
bool OutboxStore::retry(std::string_view id, Time now, Time expires_at) {
    if (cannot_be_stored(id)) return false;
    return database_->write([&](Connection& connection) {
        const auto mail = connection.find(select_mail, id);
        if (!mail || connection.run(update_retried, now, expires_at, id) != 1) return false;
        record_event(connection, event_kind("mail_retried"),
                     {.account = mail->account, .object = mail->id, .reason = mail->kind});
        return true;
    });
}

bool OutboxStore::drop(std::string_view id) {
    if (cannot_be_stored(id)) return false;
    return database_->write([&](Connection& connection) {
        const auto mail = connection.find(select_mail, id);
        if (!mail || connection.run(delete_mail, id) != 1) return false;
        record_event(connection, event_kind("mail_dropped"),
                     {.account = mail->account, .object = mail->id, .reason = mail->kind});
        return true;
    });
}

std::int64_t OutboxStore::sent_to(std::string_view address, Time since) {
    return database_->use(Intent::read, [&](Connection& connection) {
        return connection.find(count_of_address, address, since).value_or(0);
    });
}

std::int64_t OutboxStore::sent_since(Time since) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(count_since, since).value_or(0); });
}

std::int64_t OutboxStore::purge(Time time, Time counted_since, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = connection.find_all(select_settled, time, limit);
        for (const std::string& id : found) connection.run(delete_mail, id);
        const auto counted = connection.find_all(select_counted, counted_since, limit);
        for (const std::string& id : counted) connection.run(delete_mail, id);
        return static_cast<std::int64_t>(std::max(found.size(), counted.size()));
    });
}

}  // namespace keyhold::store
