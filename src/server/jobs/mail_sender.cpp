// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/mail_sender.hpp"

#include <algorithm>
#include <exception>

#include "server/jobs/mail_client.hpp"

namespace keyhold::server {
namespace {

// Beyond what a try takes at most, so that nobody else begins while we still write down what came of it.
constexpr std::chrono::seconds reserve{60};

}  // namespace

std::size_t MailSender::send_due() {
    std::size_t tried = 0;
    const auto lease = std::chrono::ceil<std::chrono::seconds>(parts_.patience) + reserve;
    while (!stopped_) {
        const Time now = clock_.now();
        // Leased, so that another node does not send the same mail meanwhile. If this process ends before the outcome
        // is written, the mail is sent once more when the lease is over: twice rather than never.
        const auto leased = store_.lease(now, now + lease);
        if (!leased) break;
        ++tried;
        send(*leased);
    }
    return tried;
}

void MailSender::send(const store::OutboxMail& leased) {
    const auto prepared = parts_.prepare(leased);
    if (const auto* const undeliverable = std::get_if<Undeliverable>(&prepared)) {
        store_.give_up(leased, clock_.now(), undeliverable->why, store::MailState::voided);
        return;
    }
    const auto& letter = std::get<Letter>(prepared);
    // A link that has expired by the time that it arrives is worse than no mail.
    const Time end = std::min(leased.expires_at, letter.expires_at);
    if (end <= clock_.now()) {
        store_.give_up(leased, clock_.now(), leased.said.empty() ? "it was too late" : "too late: " + leased.said);
        return;
    }
    // Written by a newer version that shares the database.
    if (!mail::is_kind(leased.kind) || !mail::is_address(letter.facts.to)) {
        store_.give_up(leased, clock_.now(), "this version cannot write such a mail");
        return;
    }
    // A language that only another version knows is answered in ours.
    const std::string wanted = letter.language.empty() ? leased.language : letter.language + "," + leased.language;
    const std::string_view language = mail::language_for(wanted);
    const auto message = make_message(settings_, leased.id, leased.created_at, language, letter.facts.to,
                                      parts_.catalogue.render(leased.kind, language, letter.facts));
    settle(leased, parts_.deliver(message), end);
}

void MailSender::settle(const store::OutboxMail& leased, const net::SmtpOutcome& outcome, Time expires_at) {
    const Time now = clock_.now();
    const bool is_in_trouble = outcome.delivery == net::Delivery::try_again;
    if (is_in_trouble && !was_in_trouble_ && !stopped_)
        parts_.warn("mails are not sent: " + outcome.said + " (`keyhold outbox list` shows what waits)");
    was_in_trouble_ = is_in_trouble;
    switch (outcome.delivery) {
        case net::Delivery::sent:
            store_.sent(leased, now, outcome.said);
            return;
        case net::Delivery::never:
            store_.give_up(leased, now, outcome.said);
            return;
        case net::Delivery::try_again:
            break;
    }
    // Given up by the stop, not by the mail server: the next process tries at once.
    const Time due = stopped_ ? now : now + domain::pause_before_next_try(leased.attempts);
    if (due < expires_at)
        store_.try_again(leased, due, outcome.said);
    else
        store_.give_up(leased, now, outcome.said);
}

}  // namespace keyhold::server
