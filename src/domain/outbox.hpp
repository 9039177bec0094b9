// SPDX-License-Identifier: Apache-2.0
// Mails as the domain sees them: what happened, and who is to be told.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/outbox_store.hpp"

namespace keyhold::domain {

// How long a mail is tried (RFC 5321 §4.5.4.1 says days; nobody waits so long for what these mails say).
inline constexpr std::chrono::hours mail_life{24};

// Whether there is somebody who sends them: a mail server, or the inbox of `keyhold dev`.
enum class Mails : std::uint8_t { not_sent, sent };

// Who caused it: an address and what the browser calls itself, as far as they are known.
struct Cause {
    std::string_view origin = {}, device = {};
    std::string_view language = {};  // Accept-Language, of the mails that follow; empty or too long: English
};

// When a mail that was not sent for the `attempts`-th time is due again: 30 s, then twice as long each time, at most an
// hour.
std::chrono::seconds pause_before_next_try(std::int64_t attempts);

// A mail of this kind that is due now, to be written in the transaction that causes it (store::insert_mail()).
store::OutboxMail make_mail(std::string_view kind, std::string_view account_id, std::string_view address,
                            const Cause& cause, Time now, Random& random, std::string_view other_address = {});

}  // namespace keyhold::domain
