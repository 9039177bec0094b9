// SPDX-License-Identifier: Apache-2.0
// What an operator says about mail: the table [mail] of keyhold.toml (docs/mail.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/setting.hpp"
#include "net/smtp_client.hpp"

namespace keyhold::mail {

struct Settings {
    std::vector<std::string> servers;  // "smtp://mail.example:587", asked in turn; none: no mail is sent
    std::string from;                  // addr-spec of the sender
    std::string from_name;             // shown beside it; empty: the service's
    std::string reply_to;
    std::string starttls;       // required, offered, never
    std::string user;           // empty: without authentication
    Secret password;            // or an access token, with XOAUTH2
    std::string password_file;  // read for each mail
    std::string mechanism;      // auto, plain, login, xoauth2
    std::string ca_file;
    std::int64_t timeout = 0;  // seconds

    bool is_set() const { return !servers.empty(); }
};

const Section& section();

// How to reach the mail server, of settings that the section took. The password is not among it.
net::SmtpOptions smtp_options(const Settings& settings);

}  // namespace keyhold::mail
