// SPDX-License-Identifier: Apache-2.0
#include "server/dev_inbox.hpp"

#include <string_view>

#include "base/ip_address.hpp"
#include "http/accept.hpp"
#include "http/answers.hpp"
#include "keyhold/fields.hpp"

namespace keyhold::server {
namespace {

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
    std::string page;  // empty: whoever asks wants JSON
};

std::string escaped(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '&')
            made += "&amp;";
        else if (c == '<')
            made += "&lt;";
        else
            made += c;
    }
    return made;
}

// For a developer: no template, no language.
std::string page_of(const Inbox& inbox) {
    std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Inbox</title><h1>Inbox</h1>";
    page += "<p>Mails that this development server would have sent. Set mail_server to send them.</p>";
    if (inbox.mails.empty()) page += "<p>There are none yet.</p>";
    for (const InboxMail& mail : inbox.mails)
        page += "<h2>" + escaped(mail.subject) + "</h2><p>" + mail.at + ", to " + escaped(mail.to) + "</p><pre>" +
                escaped(mail.text) + "</pre>";
    return page;
}

Result<InboxAnswer> show_inbox(const http::Request& request, const DevInbox& inbox) {
    const auto client = IpAddress::parse(request.remote_address);
    if (!client || !client->is_loopback()) return errors::not_found;
    InboxAnswer answer;
    for (const DevInbox::Mail& mail : inbox.mails())
        answer.inbox.mails.push_back({mail.id, mail.to, mail.at, mail.subject, mail.text, mail.html});
    if (http::wants_page(request)) answer.page = page_of(answer.inbox);
    return answer;
}

}  // namespace

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
        if (answer.page.empty())
            Respond<server::Inbox>::write(response, answer.inbox);
        else
            Respond<Html>::write(response, Html{answer.page});
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
               .no_store = true,
               .documented = false},
              show_inbox);
}

}  // namespace keyhold::server
