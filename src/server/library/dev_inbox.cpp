// SPDX-License-Identifier: Apache-2.0
// GET /dev/inbox of `keyhold dev`: mails that would have been sent, so that links and codes can be tried without a mail
// server.
#include "server/library/dev_inbox.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "http/answers.hpp"
#include "http/connection/accept.hpp"
#include "http/own_name.hpp"
#include "keyhold/fields.hpp"
#include "pages/visit.hpp"

namespace keyhold::server {
namespace {

// The mails as the route answers them in JSON, newest first.
struct InboxMail {
    static constexpr std::string_view schema_name = "InboxMail";
    std::string id, to, at, subject, text, html;
};
KEYHOLD_FIELDS(InboxMail, (id), (to), (at), (subject), (text), (html))

struct Inbox {
    static constexpr std::string_view schema_name = "Inbox";
    std::vector<InboxMail> mails;
};
KEYHOLD_FIELDS(Inbox, (mails))

struct InboxAnswer {
    Inbox inbox;
    std::optional<pages::Answer> page;  // none: whoever asks wants JSON
};

// The links of a mail, which stand in lines of their own and lead to this server, by the paths that they have there.
// The path alone, so that the page leads to this server by whatever name the browser knows it.
std::vector<pages::Values> links_in(std::string_view text) {
    std::vector<pages::Values> links;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        std::string_view link = trimmed(line);
        constexpr std::string_view end_of_scheme = "://";
        const std::size_t host = link.starts_with("http") ? link.find(end_of_scheme) : link.npos;
        const std::size_t path = host == link.npos ? link.npos : link.find('/', host + end_of_scheme.size());
        if (path == link.npos) continue;
        link.remove_prefix(path);
        links.push_back({{"link", std::string(link.substr(1))}, {"page", std::string(link.substr(0, link.find('?')))}});
    }
    return links;
}

pages::Answer page_of(const pages::Visit& visit, const Inbox& inbox) {
    std::vector<pages::Values> mails;
    for (const InboxMail& mail : inbox.mails)
        mails.push_back({{"subject", mail.subject},
                         {"at", parse_time(mail.at).value_or(Time())},
                         {"to", mail.to},
                         {"text", mail.text},
                         {"links", links_in(mail.text)}});
    return visit.show("inbox", {{"has_mails", !mails.empty()}, {"mails", std::move(mails)}});
}

// Only on this machine, as mails hold links that open accounts.
Result<InboxAnswer> show_inbox(const http::OwnName&, const http::Request& request, const pages::Visit& visit,
                               const DevInbox& inbox) {
    const auto client = IpAddress::parse(request.remote_address);
    // Not found rather than forbidden: whoever is elsewhere learns nothing of it.
    if (!client || !client->is_loopback()) return errors::not_found;
    InboxAnswer answer;
    for (const DevInbox::Mail& mail : inbox.mails())
        answer.inbox.mails.push_back({mail.id, mail.to, mail.at, mail.subject, mail.text, mail.html});
    if (http::wants_page(request)) answer.page = page_of(visit, answer.inbox);
    return answer;
}

}  // namespace

// Any thread: mails are sent by a thread of their own.
void DevInbox::add(const mail::Message& message) {
    const std::lock_guard lock(mutex_);
    mails_.push_front({message.id, message.to, rfc3339(message.date), message.subject, message.text, message.html});
    if (mails_.size() > most) mails_.pop_back();
}

std::vector<DevInbox::Mail> DevInbox::mails() const {
    const std::lock_guard lock(mutex_);
    return {mails_.begin(), mails_.end()};
}

}  // namespace keyhold::server

namespace keyhold::http {

template <>
struct Respond<server::InboxAnswer> {
    static void write(Response& response, const server::InboxAnswer& answer) {
        if (answer.page)
            Respond<pages::Answer>::write(response, *answer.page);
        else
            Respond<server::Inbox>::write(response, answer.inbox);
    }
    static void describe(Operation& operation) { Respond<server::Inbox>::describe(operation); }
};

}  // namespace keyhold::http

namespace keyhold::server {

void add_dev_inbox(http::Services& services, http::Mount& mount, DevInbox& inbox) {
    services.provide(inbox);
    mount.add(http::Method::get, "/dev/inbox",
              {.summary = "Mails that were not sent, as this is `keyhold dev`",
               .tag = "development",
               .on = http::On::looking_up,
               .no_store = true,
               .documented = false},
              show_inbox);
}

}  // namespace keyhold::server
