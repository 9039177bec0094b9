// SPDX-License-Identifier: Apache-2.0
// keyhold outbox list|show|retry|drop: mails that wait, were sent or could not be.
#include <optional>
#include <ostream>

#include "base/json.hpp"
#include "cli/commands/mail.hpp"
#include "cli/context.hpp"
#include "cli/with_components.hpp"
#include "domain/errors.hpp"
#include "domain/outbox.hpp"

namespace keyhold::cli {
namespace {

using store::MailState;
using store::OutboxMail;

// Each member of a mail as it is shown; a mail holds no secret.
template <class Show>
void for_each_member(const OutboxMail& mail, Show show) {
    show("id", mail.id);
    show("state", std::string(name_of_state(mail.state)));
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

// All values are shown as texts but `attempts`, which is a number in JSON.
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

// What the commands below work on: the table of the mails, and the moment at which the command began.
struct Outbox {
    store::OutboxStore& mails;
    Time now;
};

// By page of a thousand, so that an outbox of any size takes the same memory; it is printed while it is read. Without
// --state mails in every state are listed.
void list_mails(Context& context, const Outbox& in, const Values& values) {
    constexpr std::int64_t page_size = 1000;
    const auto state = store::find_mail_state(values.text("--state"));
    std::string after;
    bool first = true;
    if (context.json) context.out << '[';
    do {
        const auto page = in.mails.list(state, after, page_size);
        for (const OutboxMail& mail : page.mails) {
            if (context.json)
                context.out << (first ? "" : ",\n") << json_of(mail);
            else
                context.out << mail.id << "  " << name_of_state(mail.state) << "  " << rfc3339(mail.created_at) << "  "
                            << mail.kind << "  " << mail.address << (mail.said.empty() ? "" : "  ") << mail.said
                            << '\n';
            first = false;
        }
        after = page.next;
    } while (!after.empty());
    if (context.json) context.out << "]\n";
}

// A mail that was sent is kept for some days alone, so an id that was right may be gone.
Error there_is_no_such_mail() { return Error(errors::not_found, "There is no such mail in the outbox"); }

// One mail, a member on each line; members without a value are left out. Exit code: not_found.
void show_mails(Context& context, const Outbox& in, const Values& values) {
    const auto mail = in.mails.find(values.text("id"));
    if (!mail) return context.fail(there_is_no_such_mail());
    if (context.json) {
        context.out << json_of(*mail) << '\n';
        return;
    }
    // The names are padded, so that the values stand below each other.
    constexpr std::size_t width = 12;
    for_each_member(*mail, [&](std::string name, const std::string& value) {
        if (value.empty()) return;
        name.resize(width, ' ');
        context.out << name << value << '\n';
    });
}

// Makes a mail that was given up, or waits for its next try, due at once, and keeps trying for 24 hours. Refused, if it
// was sent or its link has expired. It is sent by the next server that looks, not by this command.
void retry_mails(Context& context, const Outbox& in, const Values& values) {
    if (const auto done = domain::retry_mail(in.mails, values.text("id"), in.now); !done)
        return context.fail(done.error());
    context.err << "It is due now\n";
}

// Takes a mail out of the outbox unsent. Events record that the operator did it.
void drop_mails(Context& context, const Outbox& in, const Values& values) {
    const auto by = domain::DroppedBy::whoever_runs_the_server;
    if (const auto done = domain::drop_mail(in.mails, values.text("id"), by); !done) return context.fail(done.error());
    context.err << "It is gone\n";
}

// Gives the action the outbox of the settings' database.
Run on_outbox(void (*action)(Context&, const Outbox&, const Values&)) {
    return [action](Context& context, const Values& values) {
        with_components(context, [&](const Settings&, server::Components& components) {
            // The same table that the sender of a running server reads: it sees the change with its next look.
            store::OutboxStore mails(components.stores.database);
            action(context, {mails, components.clock.now()}, values);
        });
    };
}

}  // namespace

Command outbox_command() {
    const Parameter id{.name = "id", .help = "Which", .required = true};
    return {
        .name = "outbox",
        .about = "See what became of mails",
        .example = "keyhold outbox list --state dead",
        .reads = {server::Topic::database},
        .commands = {
            {.name = "list",
             .about = "Mails, newest first: those that wait, were sent in the last days, were given up, or nobody was "
                      "to get",
             .example = "keyhold outbox list --state dead",
             .parameters = {{.name = "--state", .help = "Only those", .allowed = {"waiting", "sent", "dead", "void"}}},
             .run = on_outbox(list_mails)},
            {.name = "show",
             .about = "One mail: who it is for, how often it was tried, what the mail server said",
             .example = "keyhold outbox show 019abcde-f012-7abc-8def-0123456789ab",
             .parameters = {id},
             .run = on_outbox(show_mails)},
            {.name = "retry",
             .about = "Try a mail again now, and for 24 hours",
             .example = "keyhold outbox retry 019abcde-f012-7abc-8def-0123456789ab",
             .parameters = {id},
             .run = on_outbox(retry_mails)},
            {.name = "drop",
             .about = "Forget a mail: it is not sent",
             .example = "keyhold outbox drop 019abcde-f012-7abc-8def-0123456789ab",
             .parameters = {id},
             .run = on_outbox(drop_mails)},
        }};
}

}  // namespace keyhold::cli
