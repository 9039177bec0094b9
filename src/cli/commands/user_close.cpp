// SPDX-License-Identifier: Apache-2.0
// keyhold user close: what its owner does at /account/close, for somebody who asks for it in another way.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "domain/errors.hpp"

namespace keyhold::cli {
namespace {

// The account is disabled at once and erased after the days of the settings; a log-in before that keeps it.
void close_account(Context& context, server::Components& parts, const std::string& username, bool is_agreed) {
    const auto account = parts.accounts.find(username);
    if (!account) return context.fail(account.error());
    if (account->disabled)
        return context.fail(Error(errors::precondition_failed, username + " is disabled or closed already"));
    // Zero days: it is erased at once, so the question must say so before.
    const bool stays = parts.closing.stays().count() > 0;
    const std::string question =
        std::string(stays ? "Their sessions end. Close "
                          : "Their sessions end, and nothing brings the account back. Close ") +
        account->username + "?";
    if (!is_agreed && !context.agrees(question)) return;
    const auto erase_at = parts.closing.close(*account, {});
    if (!erase_at) return context.fail(erase_at.error());
    const std::string time = rfc3339(*erase_at);
    if (!context.json) {
        context.err << account->username
                    << (stays ? " is closed, and erased at " + time + " unless they log in before" : " is erased")
                    << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", account->id);
    out.member("username", account->username);
    out.member("erase_at", time);
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

Command user_close_command() {
    return {.name = "close",
            .about = "Close an account as its owner would: they are out at once, and have some days to come back",
            .example = "keyhold user close alice",
            .parameters = {{.name = "username", .help = "Whom: the username, or the e-mail address", .required = true},
                           {.name = "--yes",
                            .help = "Do not ask; without a terminal nobody is asked",
                            .takes = Takes::nothing}},
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings&, server::Components& parts) {
                    close_account(context, parts, values.text("username"), values.given("--yes"));
                });
            }};
}

}  // namespace keyhold::cli
