// SPDX-License-Identifier: Apache-2.0
// The table [mail] of the settings, and what is wrong with it. It is checked at the start, because a mail that cannot
// be sent is noticed much later.
#include "mail/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mail/message.hpp"
#include "mail/texts.hpp"

namespace keyhold::mail {
namespace {

// STARTTLS (RFC 3207): with "offered" somebody between us and the mail server can take it out.
constexpr std::array starttls{
    std::pair{std::string_view("required"), net::StartTls::required},
    std::pair{std::string_view("offered"), net::StartTls::offered},
    std::pair{std::string_view("never"), net::StartTls::never},
};

// Names of SASL mechanisms (RFC 4422); "auto" leaves the choice to libcurl.
constexpr std::array mechanisms{
    std::pair{std::string_view("auto"), std::string_view()},
    std::pair{std::string_view("plain"), std::string_view("PLAIN")},
    std::pair{std::string_view("login"), std::string_view("LOGIN")},
    std::pair{std::string_view("xoauth2"), std::string_view("XOAUTH2")},
};

template <class Table>
auto find_in(const Table& table, std::string_view name) {
    return std::ranges::find(table, name, &Table::value_type::first);
}

Error wrong(std::string what) { return Error(errors::configuration, std::move(what)); }

// A password that goes over the network in the clear is everybody's.
// Servers on this machine are excepted, as nobody can listen in between. parse_smtp_server() always writes the port, so
// the prefixes end with a ':'.
bool is_sent_in_the_clear(const Settings& settings) {
    constexpr std::array our_own{"smtp://127.0.0.1:", "smtp://localhost:", "smtp://[::1]:"};
    return settings.starttls != "required" && std::ranges::any_of(settings.servers, [&](const std::string& text) {
               const auto server = net::parse_smtp_server(text);
               return server && server->starts_with("smtp://") &&
                      std::ranges::none_of(our_own, [&](const char* ours) { return server->starts_with(ours); });
           });
}

std::vector<Error> check(const Settings& settings) {
    std::vector<Error> found;
    if (find_in(starttls, settings.starttls) == starttls.end())
        found.push_back(wrong("mail_starttls = '" + settings.starttls + "' is none of required, offered, never"));
    if (find_in(mechanisms, settings.mechanism) == mechanisms.end())
        found.push_back(wrong("mail_mechanism = '" + settings.mechanism + "' is none of auto, plain, login, xoauth2"));
    for (const std::string& text : settings.servers)
        if (auto server = net::parse_smtp_server(text); !server)
            found.push_back(wrong("mail_server: " + std::string(server.error().detail())));
    if (settings.is_set() && !is_address(settings.from))
        found.push_back(wrong(settings.from.empty()
                                  ? "mail_from is missing: the address that mails come from"
                                  : "mail_from is no mail address: write it as in keyhold@example.com"));
    if (!settings.reply_to.empty() && !is_address(settings.reply_to))
        found.push_back(wrong("mail_reply_to is no mail address: write it as in help@example.com"));
    const bool has_password = !settings.password.empty() || !settings.password_file.empty();
    if (settings.user.empty() == has_password)
        found.push_back(
            wrong("mail_user and mail_password (or mail_password_file) belong together: set both, or none"));
    if (!settings.password.empty() && !settings.password_file.empty())
        found.push_back(wrong("mail_password and mail_password_file say the same: set one of them"));
    if (has_password && is_sent_in_the_clear(settings))
        found.push_back(wrong("mail_starttls = '" + settings.starttls +
                              "' would show mail_password to the network: leave it at required, or use smtps://"));
    if (auto catalogue = Catalogue::load(settings.templates_dir); !catalogue) found.push_back(catalogue.error());
    return found;
}

}  // namespace

const Section& section() {
    static const Section section =
        make_section<Settings, check>("mail", "How mails are sent: [mail.md](mail.md).", setting_rows);
    return section;
}

// After check(): every name is one of the tables'.
net::SmtpOptions smtp_options(const Settings& settings) {
    net::SmtpOptions options{.starttls = find_in(starttls, settings.starttls)->second,
                             .user = settings.user,
                             .mechanism = std::string(find_in(mechanisms, settings.mechanism)->second),
                             .ca_file = settings.ca_file,
                             .timeout = std::chrono::seconds(settings.timeout)};
    for (const std::string& text : settings.servers) options.servers.push_back(net::parse_smtp_server(text).value());
    return options;
}

}  // namespace keyhold::mail
