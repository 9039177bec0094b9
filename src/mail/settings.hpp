// SPDX-License-Identifier: Apache-2.0
// What an operator says about mail: the table [mail] of keyhold.toml (docs/mail.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/setting.hpp"
#include "net/smtp_client.hpp"

namespace keyhold::mail {

// Loaded once, when the server starts; the password file is looked at later, for each mail.
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
    std::int64_t timeout = 0;   // seconds
    std::string templates_dir;  // texts and templates that replace ours; empty: none

    bool is_set() const { return !servers.empty(); }
};

// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array setting_rows{
    setting<&Settings::servers>("mail_server", "", "Who takes our mails, separated by commas, asked in turn: smtp://mail.example:587, or smtps:// for TLS from the first byte on; empty: none are sent"),
    setting<&Settings::from>("mail_from", "", "The address that mails come from"),
    setting<&Settings::from_name>("mail_from_name", "", "What stands beside it, and what mails call this service; empty: the host of `issuer`"),
    setting<&Settings::reply_to>("mail_reply_to", "", "Where answers to mails go; empty: to mail_from"),
    setting<&Settings::starttls>("mail_starttls", "required", "TLS at smtp:// servers: required, offered (in the clear where there is none), never"),
    setting<&Settings::user>("mail_user", "", "Who we are to the mail server; empty: nobody is asked to prove it"),
    secret_setting<&Settings::password>("mail_password", "The password of mail_user, or an access token with xoauth2"),
    path_setting(setting<&Settings::password_file>("mail_password_file", "", "A file that holds it, readable by its owner alone; read for each mail, so that a token can be renewed")),
    setting<&Settings::mechanism>("mail_mechanism", "auto", "How it is proven: plain, login, xoauth2, or auto for the best that both sides know"),
    path_setting(setting<&Settings::ca_file>("mail_ca_file", "", "Who may sign the mail server's certificate, in PEM; empty: the system's authorities")),
    number_setting<&Settings::timeout, 1, 600>("mail_timeout", "30", "Seconds that one mail may take at one server"),
    path_setting(setting<&Settings::templates_dir>("mail_templates_dir", "", "A folder with texts (texts/en.txt) and templates (mail.html.mustache) of mails that replace ours; empty: none")),
};
// clang-format on

// The section [mail], with check() for what no single row can see.
const Section& section();

// How to reach the mail server, of settings that the section took. The password is not among it.
// The caller sets the function that gives the password. Only for settings that check() took: what it refused would
// throw here.
net::SmtpOptions smtp_options(const Settings& settings);

}  // namespace keyhold::mail
