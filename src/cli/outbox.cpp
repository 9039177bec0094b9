// SPDX-License-Identifier: Apache-2.0
// keyhold outbox list|show|retry|drop: mails that wait, were sent or could not be.
#include <array>
#include <optional>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/mail.hpp"
#include "cli/with_components.hpp"
#include "domain/errors.hpp"
#include "domain/outbox.hpp"

namespace keyhold::cli {
namespace {

using store::MailState;
using store::OutboxMail;

constexpr std::array<std::string_view, 3> states{"waiting", "sent", "dead"};  // by MailState

std::string_view name_of(MailState state) { return states[static_cast<std::size_t>(state)]; }

std::optional<MailState> state_of(std::string_view name) {
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] == name) return static_cast<MailState>(i);
    return std::nullopt;
}

// Each member of a mail as it is shown; a mail holds no secret.
template <class Show>
void for_each_member(const OutboxMail& mail, Show show) {
    show("id", mail.id);
    show("state", std::string(name_of(mail.state)));
    show("kind", mail.kind);
    show("address", mail.address);
    show("account_id", mail.account);
    show("language", mail.language);
    show("origin", mail.origin);
    show("created_at", rfc3339(mail.created_at));
    show("due_at", mail.state == MailState::waiting ? rfc3339(mail.due_at) : std::string());
    show("expires_at", rfc3339(mail.expires_at));
    show("settled_at", mail.settled_at ? rfc3339(*mail.settled_at) : std::string());
    show("attempts", std::to_string(mail.attempts));
    show("said", mail.said);
}

std::string json_of(const OutboxMail& mail) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for_each_member(mail, [&out](std::string_view name, const std::string& value) {
        if (name == "attempts")
            out.name(name), out.value(std::int64_t{std::stoll(value)});
        else
            out.member(name, value);
    });
    out.end_object();
    return text;
}

struct Outbox {
    store::OutboxStore& mails;
    Time now;
};

void list(Context& context, const Outbox& in, const Values& values) {
    constexpr std::int64_t page_size = 1000;
    const auto state = state_of(values.text("--state"));
    std::string after;
    bool first = true;
    if (context.json) context.out << '[';
    do {
        const auto page = in.mails.list(state, after, page_size);
        for (const OutboxMail& mail : page.mails) {
            if (context.json)
                context.out << (first ? "" : ",\n") << json_of(mail);
            else
                context.out << mail.id << "  " << name_of(mail.state) << "  " << rfc3339(mail.created_at) << "  "
                            << mail.kind << "  " << mail.address << (mail.said.empty() ? "" : "  ") << mail.said
                            << '\n';
            first = false;
        }
        after = page.next;
    } while (!after.empty());
    if (context.json) context.out << "]\n";
}

Error there_is_no_such_mail() { return Error(errors::not_found, "There is no such mail in the outbox"); }

void show(Context& context, const Outbox& in, const Values& values) {
    const auto mail = in.mails.find(values.text("id"));
    if (!mail) return context.fail(there_is_no_such_mail());
    if (context.json) {
        context.out << json_of(*mail) << '\n';
        return;
    }
    constexpr std::size_t width = 12;
    for_each_member(*mail, [&](std::string name, const std::string& value) {
        if (value.empty()) return;
        name.resize(width, ' ');
        context.out << name << value << '\n';
    });
}

void retry(Context& context, const Outbox& in, const Values& values) {
    if (!in.mails.retry(values.text("id"), in.now, in.now + domain::mail_life)) {
        const auto mail = in.mails.find(values.text("id"));
        return context.fail(mail ? Error(errors::key_conflict, "This mail was sent") : there_is_no_such_mail());
    }
    context.err << "It is due now\n";
}

void drop(Context& context, const Outbox& in, const Values& values) {
    if (!in.mails.drop(values.text("id"))) return context.fail(there_is_no_such_mail());
    context.err << "It is gone\n";
}

Run on_outbox(void (*action)(Context&, const Outbox&, const Values&)) {
    return [action](Context& context, const Values& values) {
        with_components(context, [&](const Settings&, server::Components& components) {
            store::OutboxStore mails(components.stores.database);
            action(context, {mails, components.clock.now()}, values);
        });
    };
}

}  // namespace

Command outbox_command() {
    const Parameter id{.name = "id", .help = "Which", .required = true};
    return {.name = "outbox",
            .about = "See what became of mails",
            .example = "keyhold outbox list --state dead",
            .reads = {server::Topic::database},
            .commands = {
                {.name = "list",
                 .about = "Mails, newest first: those that wait, were sent in the last days, or were given up",
                 .example = "keyhold outbox list --state dead",
                 .parameters = {{.name = "--state", .help = "Only those", .allowed = {"waiting", "sent", "dead"}}},
                 .run = on_outbox(list)},
                {.name = "show",
                 .about = "One mail: who it is for, how often it was tried, what the mail server said",
                 .example = "keyhold outbox show 019abcde-f012-7abc-8def-0123456789ab",
                 .parameters = {id},
                 .run = on_outbox(show)},
                {.name = "retry",
                 .about = "Try a mail again now, and for 24 hours",
                 .example = "keyhold outbox retry 019abcde-f012-7abc-8def-0123456789ab",
                 .parameters = {id},
                 .run = on_outbox(retry)},
                {.name = "drop",
                 .about = "Forget a mail: it is not sent",
                 .example = "keyhold outbox drop 019abcde-f012-7abc-8def-0123456789ab",
                 .parameters = {id},
                 .run = on_outbox(drop)},
            }};
}

}  // namespace keyhold::cli
