// SPDX-License-Identifier: Apache-2.0
// Sends what is in the outbox, on a thread that may wait (server/jobs/jobs.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "domain/outbox.hpp"
#include "mail/message.hpp"
#include "mail/texts.hpp"
#include "net/smtp_client.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// What a mail says, or why it is not sent at all: a sentence for an operator.
struct Undeliverable {
    std::string why;
};
struct Letter {
    mail::Facts facts;
    Time expires_at;            // what it says is good until then: it is not tried any longer
    std::string language = {};  // its reader's own; empty: as the row says
};
using Prepared = std::variant<Letter, Undeliverable>;

class MailSender {
public:
    struct Parts {
        // Makes what the mail says, each time the same; on this thread.
        std::function<Prepared(const store::OutboxMail&)> prepare;
        std::function<net::SmtpOutcome(const mail::Message&)> deliver;
        std::function<void(std::string_view)> warn;  // of what an operator has to mend
        std::chrono::milliseconds patience;          // how long `deliver` takes at most
        mail::Catalogue catalogue = {};              // what mails say
    };
    MailSender(store::OutboxStore& store, const Clock& clock, const Settings& settings, Parts parts)
        : store_(store), clock_(clock), settings_(settings), parts_(std::move(parts)) {}

    // Whatever is due, one after the other; how many were tried. One thread at a time.
    std::size_t send_due();

    // send_due() returns after the mail that it is at. Any thread.
    void stop() { stopped_ = true; }

private:
    // Tries one mail and writes down what came of it.
    void send(const store::OutboxMail& leased);
    // `expires_at`: later than that it is given up rather than tried again.
    void settle(const store::OutboxMail& leased, const net::SmtpOutcome& outcome, Time expires_at);

    store::OutboxStore& store_;
    const Clock& clock_;
    const Settings& settings_;
    const Parts parts_;
    std::atomic<bool> stopped_ = false;
    bool was_in_trouble_ = false;  // what has been said once is not said for each mail
};

}  // namespace keyhold::server
