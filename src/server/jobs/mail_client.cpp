// SPDX-License-Identifier: Apache-2.0
// Makes what sends our mails from the settings: the SMTP client, the texts, and one message.
#include "server/jobs/mail_client.hpp"

#include <utility>

#include "base/text.hpp"
#include "domain/accounts/email_address.hpp"
#include "net/url.hpp"
#include "server/files.hpp"
#include "server/settings/issuer.hpp"

namespace keyhold::server {
namespace {

// Empty if the issuer is no URL, as it may be any word with a shared secret.
std::string host_of_issuer(const Settings& settings) {
    const auto url = net::parse_url(issuer_of(settings), net::PlainHttp::anywhere);
    return url ? url->host : std::string();
}

// Its domain in A-labels, which every mail server takes (RFC 5891 §2.3.1); what people read has it as it was typed.
std::string as_sent(const std::string& address) {
    const std::string domain = address.substr(address.rfind('@') + 1);
    const auto parsed = domain::parse_email_address(address);
    if (!parsed || ascii_lower(domain) == parsed->domain) return address;
    return parsed->shown.substr(0, parsed->shown.rfind('@') + 1) + parsed->domain;
}

}  // namespace

std::string service_name(const Settings& settings) {
    if (!mail_of(settings).from_name.empty()) return mail_of(settings).from_name;
    const std::string host = host_of_issuer(settings);
    return host.empty() ? "Keyhold" : host;
}

std::string sentence_without_mail(const Settings& settings) {
    if (!mail_of(settings).is_set())
        return "mail_server is not set: no mail is sent, and nobody sets a new password by one (docs/mail.md)";
    if (base_of_links(settings).empty())
        return "issuer is not set: mails have codes and no links, so nobody undoes a change of address or says \"this "
               "was not me\" (docs/recovery.md)";
    return {};
}

// Null if no mail server is set. Refers to `settings`.
std::unique_ptr<net::SmtpClient> make_smtp_client(const Settings& settings) {
    const mail::Settings& mail = mail_of(settings);
    if (!mail.is_set()) return nullptr;
    net::SmtpOptions options = mail::smtp_options(mail);
    // The name that EHLO gives (RFC 5321 §4.1.1.1); some mail servers refuse one that is no host.
    options.hello = host_of_issuer(settings);
    // Read anew for each connection, so that a new password needs no restart.
    options.password = [&mail]() -> Result<Secret> {
        if (mail.password_file.empty()) return Secret(mail.password.reveal());
        auto content = read_text_file(mail.password_file);
        if (!content) return std::move(content).error();
        const std::string_view text = content->reveal();
        // Editors end the file with a line break, which is no part of the password.
        return Secret(text.substr(0, text.find_first_of("\r\n")));
    };
    return std::make_unique<net::SmtpClient>(std::move(options));
}

mail::Catalogue catalogue_of(const Settings& settings) {
    auto catalogue = mail::Catalogue::load(mail_of(settings).templates_dir);
    if (!catalogue) throw std::runtime_error(std::string(catalogue.error().detail()));
    return std::move(catalogue).value();
}

mail::Message make_message(const Settings& settings, const std::string& id, Time date, std::string_view language,
                           const std::string& to, mail::Rendered rendered) {
    return {.id = id,
            .date = date,
            .from = as_sent(mail_of(settings).from),
            .from_name = service_name(settings),
            .to = as_sent(to),
            .reply_to = as_sent(mail_of(settings).reply_to),
            .language = std::string(language),
            .subject = std::move(rendered.subject),
            .text = std::move(rendered.text),
            .html = std::move(rendered.html)};
}

}  // namespace keyhold::server
