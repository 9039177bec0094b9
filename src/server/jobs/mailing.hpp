// SPDX-License-Identifier: Apache-2.0
// The thread that sends the mails of the outbox, with all that it needs.
#pragma once

#include <memory>
#include <optional>

#include "domain/accounts/recovery.hpp"
#include "net/smtp_client.hpp"
#include "server/components.hpp"
#include "server/jobs/jobs.hpp"
#include "server/jobs/mail_sender.hpp"
#include "server/library/dev_inbox.hpp"
#include "server/observe/log.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::server {

// Owns the thread that sends.
class Mailing {
public:
    // All of it must outlive this. `inbox` is where mails go that nobody sends; null: they are sent, or stay where they
    // are if `settings` name no mail server.
    Mailing(const Components& components, domain::Recovery& recovery, store::OutboxStore& outbox,
            // Begins at once.
            const Settings& settings, DevInbox* inbox, Log& log, Jobs::Failed failed);
    ~Mailing() { stop(); }
    Mailing(const Mailing&) = delete;
    Mailing& operator=(const Mailing&) = delete;

    // No further mail is begun. For one that was handed over as a whole the mail server's answer is still waited for,
    // so that it is not sent twice.
    void stop();

private:
    std::unique_ptr<net::SmtpClient> client_;
    std::optional<MailSender> sender_;
    std::optional<Jobs> jobs_;  // last: its thread uses all of the above
};

}  // namespace keyhold::server
