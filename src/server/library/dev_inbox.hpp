// SPDX-License-Identifier: Apache-2.0
// Where `keyhold dev` puts mails that nobody sends: into memory, for whoever looks at /dev/inbox on this machine.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "http/route.hpp"
#include "mail/message.hpp"
#include "mail/texts.hpp"

namespace keyhold::server {

// Any thread.
class DevInbox {
public:
    struct Mail {
        std::string id, to, at, subject, text, html;
    };

    // The oldest goes where there are 100 already.
    void add(const mail::Message& message);
    // Newest first.
    std::vector<Mail> mails() const;

private:
    static constexpr std::size_t most = 100;
    mutable std::mutex mutex_;
    std::deque<Mail> mails_;  // under mutex_, newest first
};

// GET /dev/inbox: JSON, or a page for people. Refused as not_found for whoever is not on this machine: the mails hold
// links that open accounts. `inbox` becomes a service.
void add_dev_inbox(http::Services& services, http::Mount& mount, DevInbox& inbox);

}  // namespace keyhold::server
