// SPDX-License-Identifier: Apache-2.0
// From the settings to what sends mails.
#pragma once

#include <memory>
#include <string>

#include "mail/message.hpp"
#include "mail/settings.hpp"
#include "mail/texts.hpp"
#include "net/smtp_client.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

inline const mail::Settings& mail_of(const Settings& settings) { return settings.sections.get<mail::Settings>(); }

// What mails call this service: mail_from_name, or the host of the issuer, or "Keyhold".
std::string service_name(const Settings& settings);

// What a server says at its start of what cannot work; empty if mails are sent.
std::string sentence_without_mail(const Settings& settings);

// Of settings that must outlive it. Null where no mail is sent.
std::unique_ptr<net::SmtpClient> make_smtp_client(const Settings& settings);

// What mails say, with the operator's own texts. Throws std::runtime_error if a file of mail_templates_dir has become
// worse since the settings were checked.
mail::Catalogue catalogue_of(const Settings& settings);

// The mail as it is sent: `id` names the event that it tells of, `date` is when that happened.
mail::Message make_message(const Settings& settings, const std::string& id, Time date, std::string_view language,
                           const std::string& to, mail::Rendered rendered);

}  // namespace keyhold::server
