// SPDX-License-Identifier: Apache-2.0
// keyhold mail test: whether mails leave this machine, and what the mail server says.
#include <array>
#include <ostream>

#include "base/id.hpp"
#include "base/json.hpp"
#include "cli/commands/mail.hpp"
#include "cli/context.hpp"
#include "crypto/random.hpp"
#include "domain/outbox.hpp"
#include "server/components.hpp"
#include "server/jobs/mail_client.hpp"

namespace keyhold::cli {
namespace {

// How a try can end, and the exit code for it.
struct Ending {
    net::Delivery delivery;
    std::string_view word;
    Exit exit;
};
// By net::Delivery.
constexpr std::array endings{
    Ending{net::Delivery::sent, "sent", Exit::done},
    Ending{net::Delivery::try_again, "not sent", Exit::unreachable},
    Ending{net::Delivery::never, "refused", Exit::not_allowed},
};

// For whichever server of the database comes first.
void leave_to_a_server(Context& context, const Settings& settings, const std::string& to, const std::string& language) {
    const auto warn = [&context](std::string_view text) { context.err << context.name() << ": " << text << '\n'; };
    auto components = server::Components::open(settings, 1, warn);
    if (!components) return context.fail(components.error());
    server::Components& parts = **components;
    const auto mail = domain::make_mail("test", {}, to, {.language = language}, parts.clock.now(), parts.random);
    store::OutboxStore(parts.stores.database).add(mail);
    if (context.json)
        context.out << "{\"id\":\"" << mail.id << "\"}\n";
    else
        context.out << mail.id << '\n';
}

// Sends one mail and says what the mail server answered.
void test(Context& context, const std::string& to, const std::string& language, bool by_outbox) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const Settings& settings = loaded->settings;
    // Checked before the mail server is asked: an address with a line break would be a command of SMTP.
    if (!mail::is_address(to)) return context.fail(Error(errors::validation_failed, "this is no mail address"));
    if (by_outbox) return leave_to_a_server(context, settings, to, language);
    // Without the database: it says whether the mail server takes mails even where no server of ours has ever run.
    const auto client = server::make_smtp_client(settings);
    if (!client)
        return context.fail(
            Error(errors::configuration, "mail_server is not set: nobody takes our mails (docs/mail.md)"));
    crypto::SystemRandom random;
    const Time now = SystemClock().now();
    // The nearest language that has texts.
    const std::string_view chosen = mail::language_for(language);
    auto rendered =
        server::catalogue_of(settings).render("test", chosen, {.service = server::service_name(settings), .to = to});
    const auto message = server::make_message(settings, make_id(now, random), now, chosen, to, std::move(rendered));
    // One attempt: whoever tests wants to see the answer, also one that says to try again.
    const net::SmtpOutcome outcome = client->send({message.from, message.to}, mail::written(message));
    const Ending& ending = endings[static_cast<std::size_t>(outcome.delivery)];
    context.exit = ending.exit;
    if (!context.json) {
        (ending.exit == Exit::done ? context.out : context.err) << ending.word << ": " << outcome.said << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("outcome", ending.word);
    out.member("said", outcome.said);
    out.member("message_id", mail::message_id(message));
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

Command mail_command() {
    return {
        .name = "mail",
        .about = "See whether mails are sent",
        .example = "keyhold mail test ann@example.com",
        .reads = {server::Topic::server},
        .commands = {
            {.name = "test",
             .about = "Send a mail now, and say what the mail server answered",
             .example = "keyhold mail test ann@example.com",
             .parameters = {{.name = "address", .help = "To whom", .required = true},
                            {.name = "--language", .help = "Of the mail, as a browser asks for it", .otherwise = "en"},
                            {.name = "--outbox",
                             .help = "Leave it to the servers that run: `keyhold outbox show` says what became of it",
                             .takes = Takes::nothing}},
             .run = [](Context& context, const Values& values) {
                 test(context, values.text("address"), values.text("--language"), values.given("--outbox"));
             }}}};
}

}  // namespace keyhold::cli
