// SPDX-License-Identifier: Apache-2.0
// Sends the mails of the outbox on a thread of its own: to the mail server, or in `dev` to a page.
#include "server/jobs/mailing.hpp"

#include "server/jobs/mail_client.hpp"
#include "server/jobs/queue_job.hpp"

namespace keyhold::server {
namespace {

// Somebody who forgot his password looks at his inbox and waits; a look at an empty outbox is one row of an index.
constexpr std::chrono::milliseconds between_looks{500};

constexpr int looks_between_purges = 7200;    // an hour
constexpr std::chrono::days keep_mails{14};   // that were sent or given up: somebody may ask what became of one
constexpr std::int64_t purged_at_once = 500;  // a transaction that nobody has to wait for long

// True if there are more.
bool forget_some(store::OutboxStore& outbox, const Clock& clock) {
    const Time now = clock.now();
    return outbox.purge(now - keep_mails, now - store::mails_count_for, purged_at_once) == purged_at_once;
}

// The content of a mail. One that would tell a person whose account is gone is not sent.
Prepared prepare(domain::Recovery& recovery, const Settings& settings, const store::OutboxMail& mail) {
    auto prepared = recovery.prepare(mail);
    if (auto* const not_sent = std::get_if<domain::NotSent>(&prepared)) return Undeliverable{std::move(not_sent->why)};
    auto& content = std::get<domain::MailContent>(prepared);
    return Letter{{.service = service_name(settings),
                   .to = std::move(content.to),
                   .name = std::move(content.name),
                   .link = std::move(content.link),
                   .code = std::move(content.code),
                   .until = content.until,
                   .at = mail.created_at,
                   .from = mail.origin,
                   .device = mail.device,
                   .address = mail.other_address,
                   .old_is_asked = content.old_is_asked,
                   .not_me = std::move(content.not_me)},
                  content.expires_at,
                  std::move(content.language)};
}

// Instead of sending: the mail is shown at /dev/inbox, and in the log as one line, so that links can be clicked there.
net::SmtpOutcome show(DevInbox& inbox, Log& log, const mail::Message& message) {
    inbox.add(message);
    std::string line = "mail to " + message.to + ": " + message.subject;
    for (const char c : "\n" + message.text) line += c == '\n' ? ' ' : c;
    log.say(Level::info, line);
    return {net::Delivery::sent, "shown at /dev/inbox"};
}

}  // namespace

Mailing::Mailing(const Components& components, domain::Recovery& recovery, store::OutboxStore& outbox,
                 const Settings& settings, DevInbox* inbox, Log& log, Jobs::Failed failed)
    : client_(inbox == nullptr ? make_smtp_client(settings) : nullptr) {
    // No mail server and no inbox: rows wait in the outbox until there is one.
    if (inbox == nullptr && !client_) return;
    MailSender::Parts parts{.prepare = [&](const store::OutboxMail& mail) { return prepare(recovery, settings, mail); },
                            .warn = [&log](std::string_view text) { log.say(Level::warning, text); },
                            .patience = client_ ? client_->patience() : std::chrono::milliseconds(0),
                            .catalogue = catalogue_of(settings)};
    if (inbox != nullptr)
        parts.deliver = [inbox, &log](const mail::Message& message) { return show(*inbox, log, message); };
    else
        parts.deliver = [this](const mail::Message& message) {
            return client_->send({message.from, message.to}, mail::written(message));
        };
    const Clock& clock = components.clock;
    sender_.emplace(outbox, clock, settings, std::move(parts));
    jobs_.emplace(std::vector<Jobs::Job>{{"mails",
                                          when_there_may_be_some(*components.stores.database, store::Queue::mails,
                                                                 [this] { sender_->send_due(); }),
                                          Jobs::First::at_once},
                                         {"old mails",
                                          [&outbox, &clock, looks = 0]() mutable {
                                              // The first look purges, then one in each hour.
                                              const bool is_time = looks % looks_between_purges == 0;
                                              const bool is_more = is_time && forget_some(outbox, clock);
                                              if (!is_more) ++looks;
                                              return is_more;
                                          }}},
                  std::move(failed), between_looks);
}

// The first stops new mails, the second interrupts one that waits for the network.
void Mailing::stop() {
    if (sender_) sender_->stop();
    if (client_) client_->stop();
}

}  // namespace keyhold::server
