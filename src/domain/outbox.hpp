// SPDX-License-Identifier: Apache-2.0
// Mails as the domain sees them: what happened, and who is to be told.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::domain {

// How long a mail is tried (RFC 5321 §4.5.4.1 says days; nobody waits so long for what these mails say).
inline constexpr std::chrono::hours mail_life{24};

// How long the old address of an account can undo a change, by the link in the mail that tells of it: somebody reads
// his mails once a week.
inline constexpr std::chrono::hours undo_life{7 * 24};

// Whether there is somebody who sends them: a mail server, or the inbox of `keyhold dev`.
enum class Mails : std::uint8_t { not_sent, sent };

// Who caused it: an address and what the browser calls itself, as far as they are known.
struct Cause {
    std::string_view origin = {}, device = {};
    std::string_view language = {};  // Accept-Language, of the mails that follow; empty, too long or no text: English
};

// When a mail that was not sent for the `attempts`-th time is due again: 30 s, then twice as long each time, at most an
// hour.
std::chrono::seconds pause_before_next_try(std::int64_t attempts);

// A mail of this kind that is due now, to be written in the transaction that causes it (store::insert_mail()).
store::OutboxMail make_mail(std::string_view kind, std::string_view account_id, std::string_view address,
                            const Cause& cause, Time now, Random& random, std::string_view other_address = {});

// Whether it tells somebody what was done to the account, so that he can undo it: all kinds do but those that somebody
// asks for. It is sent whatever the account is by then.
bool is_notice(std::string_view kind);

// Takes a mail out of the outbox, which is an event. Refused: not_found; key_conflict for a notice that waits, unless
// whoever runs the server does it: nobody takes back the word of what he has just done.
enum class DroppedBy : std::uint8_t { an_administrator, whoever_runs_the_server };
Result<> drop_mail(store::OutboxStore& outbox, std::string_view id, DroppedBy by);

// Tries a mail again, from now on for 24 hours, which is an event. Refused: not_found; key_conflict for one that was
// sent, or whose link and code are over: it would offer what does not work.
Result<> retry_mail(store::OutboxStore& outbox, std::string_view id, Time now);

}  // namespace keyhold::domain
