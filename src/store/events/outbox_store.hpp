// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about mails that are to be sent. A mail is written in the transaction that causes
// it, and holds nothing secret: links and codes are made of its id when it is sent. Every function may throw
// Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/database/row.hpp"

namespace keyhold::store {

class Connection;
class Database;

// So long a mail counts for the limits of those that are asked for.
inline constexpr std::chrono::hours mails_count_for{1};

// Dead is what could not be sent, and voided what was not to be: nobody has the address, or what it told of is over.
enum class MailState : std::uint8_t { waiting, sent, dead, voided };
inline constexpr std::array<std::string_view, 4> mail_states{"waiting", "sent", "dead", "void"};
constexpr std::string_view name_of_state(MailState state) { return mail_states[static_cast<std::size_t>(state)]; }
std::optional<MailState> find_mail_state(std::string_view name);

struct OutboxMail {
    std::string id;        // of the event, a UUID: each try is the same mail (Message-ID)
    std::string kind;      // "reset", "password_changed" ...: a kind of mail/texts.hpp
    std::string account;   // its id; empty: whoever has the address when it is sent
    std::string address;   // to whom
    std::string language;  // empty: it is kept to be counted, and nothing else is left of it
    std::string origin;    // the network address of whoever caused it; empty: nobody's
    std::string device;
    std::string other_address;  // that it tells of, where it is not the recipient's
    Time created_at{};
    Time due_at{};      // the next try; while somebody tries, the end of his lease
    Time expires_at{};  // nobody tries any more
    std::int64_t attempts = 0;
    MailState state = MailState::waiting;
    std::optional<Time> settled_at;  // when it was sent, or given up
    std::string said;                // what the mail server answered last

    bool operator==(const OutboxMail&) const = default;
};
KEYHOLD_ROW(OutboxMail, (id), (kind), (account, column("account_id")), (address), (language), (origin), (device),
            (other_address), (created_at), (due_at), (expires_at), (attempts), (state), (settled_at, zero_is_none()),
            (said))

struct MailPage {
    std::vector<OutboxMail> mails;
    std::string next;  // the id behind which the next page begins; empty: this was the last
};

// A lease is a time in the row and no lock: a sender that dies holds a mail up until `until`, and then another one
// tries.
class OutboxStore {
public:
    explicit OutboxStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // A mail that nothing else causes, in a transaction of its own.
    void add(const OutboxMail& mail);

    // The mail that is due longest, whose next try is at `until` for everybody else; its attempts are counted up. Of
    // those who ask at once each gets another one. Empty if none is due.
    std::optional<OutboxMail> lease(Time now, Time until);

    // The outcome of a try that began with lease(). That a mail was sent is noted even if another node has leased it
    // since. The others return false in that case and note nothing.
    bool sent(const OutboxMail& leased, Time now, std::string_view said);
    bool try_again(const OutboxMail& leased, Time due_at, std::string_view said);
    bool give_up(const OutboxMail& leased, Time now, std::string_view said, MailState as = MailState::dead);

    std::optional<OutboxMail> find(std::string_view id);
    // Newest first, in all states or one.
    MailPage list(std::optional<MailState> state, std::string_view after, std::int64_t limit);
    // All but voided ones: strangers make as many of those as they like.
    MailPage list_of_interest(std::string_view after, std::int64_t limit);
    std::int64_t count(MailState state);

    // From now on it is tried until `expires_at`, which is an event. False if there is none, or it was sent.
    bool retry(std::string_view id, Time now, Time expires_at);
    // Takes it out, sent or not, which is an event. False if there is none.
    bool drop(std::string_view id);

    // Mails to this address that were sent at `since` or later.
    std::int64_t sent_to(std::string_view address, Time since);
    // To anybody.
    std::int64_t sent_since(Time since);

    // Deletes what was settled before `time`, and what is left of mails of accounts that were removed if it was asked
    // for before `counted_since`; at most `limit` of each at a time. The greater of the numbers.
    std::int64_t purge(Time time, Time counted_since, std::int64_t limit);

private:
    std::shared_ptr<Database> database_;
};

// Within the transaction that causes it.
void insert_mail(Connection& connection, const OutboxMail& mail);

// Mails of a kind to an account that were written after `since`, sent or not.
std::int64_t mails_of_account(Connection& connection, std::string_view account_id, std::string_view kind, Time since);

// Of an account that is removed: its own, and those that somebody asked for by its address.
// Notices that wait stay, of nobody's account from now on. Of what still counts for a limit (RecoveryStore::ask) the
// row stays, with nothing in it but kind, time and a digest of the recipient: else whoever makes an account and removes
// it, again and again, could have any number of mails sent to somebody.
struct MailsOf {
    std::string_view account, address, address_key;  // both empty: it has none
    Time now;
};
void forget_mails_of(Connection& connection, const MailsOf& whose);

}  // namespace keyhold::store
