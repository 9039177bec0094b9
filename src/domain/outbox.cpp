// SPDX-License-Identifier: Apache-2.0
#include "domain/outbox.hpp"

#include <algorithm>
#include <array>

#include "base/id.hpp"
#include "base/text.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {
namespace {

constexpr std::chrono::seconds first_pause{30};
constexpr std::chrono::seconds longest_pause{3600};
constexpr std::size_t longest_language = 200;  // bytes of Accept-Language: more than any browser sends
constexpr std::size_t longest_device = 120;    // bytes: a browser says more than a person reads

// The kinds of web/mails that are no notices.
constexpr std::array<std::string_view, 6> asked_for{"verify", "reset", "login_link", "change_new", "invited", "test"};

}  // namespace

std::chrono::seconds pause_before_next_try(std::int64_t attempts) {
    constexpr std::int64_t doublings = 10;  // more than it takes to the longest
    return std::min(first_pause * (std::int64_t{1} << std::clamp<std::int64_t>(attempts - 1, 0, doublings)),
                    longest_pause);
}

store::OutboxMail make_mail(std::string_view kind, std::string_view account_id, std::string_view address,
                            const Cause& cause, Time now, Random& random, std::string_view other_address) {
    const bool speaks = !cause.language.empty() && cause.language.size() <= longest_language && is_utf8(cause.language);
    return {.id = make_id(now, random),
            .kind = std::string(kind),
            .account = std::string(account_id),
            .address = std::string(address),
            .language = std::string(speaks ? cause.language : "en"),
            .origin = std::string(cause.origin),
            .device = printable_ascii(cause.device, longest_device),
            .other_address = std::string(other_address),
            .created_at = now,
            .due_at = now,
            .expires_at = now + mail_life,
            .attempts = 0,
            .state = store::MailState::waiting,
            .settled_at = {},
            .said = {}};
}

bool is_notice(std::string_view kind) { return std::ranges::find(asked_for, kind) == asked_for.end(); }

Result<> drop_mail(store::OutboxStore& outbox, std::string_view id, DroppedBy by) {
    const auto mail = outbox.find(id);
    if (mail && by == DroppedBy::an_administrator && mail->state == store::MailState::waiting && is_notice(mail->kind))
        return Error(errors::key_conflict,
                     "This mail tells somebody what was done to the account: while it waits, `keyhold outbox drop` "
                     "alone takes it away");
    if (!mail || !outbox.drop(id)) return Error(errors::not_found, "There is no such mail in the outbox");
    return {};
}

Result<> retry_mail(store::OutboxStore& outbox, std::string_view id, Time now) {
    const auto mail = outbox.find(id);
    if (!mail) return Error(errors::not_found, "There is no such mail in the outbox");
    if (mail->language.empty()) return Error(errors::key_conflict, "The account that this mail was for is gone");
    if (const auto life = life_of_links(mail->kind); life && mail->created_at + *life <= now)
        return Error(errors::key_conflict, "The link and the code of this mail are over: ask for another one");
    if (!outbox.retry(id, now, now + mail_life)) return Error(errors::key_conflict, "This mail was sent");
    return {};
}

}  // namespace keyhold::domain
