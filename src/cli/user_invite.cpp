// SPDX-License-Identifier: Apache-2.0
// keyhold user invite: an invitation for somebody who may register.
#include <chrono>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "server/components.hpp"

namespace keyhold::cli {
namespace {

void invite(Context& context, std::int64_t days) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
    auto components = server::Components::open(loaded->settings, 1, warn);
    if (!components) return context.fail(components.error());
    const auto invitation = domain::invite(*(*components)->stores.secrets, (*components)->clock.now(),
                                           std::chrono::days(days), (*components)->random);
    const std::string expires_at = rfc3339(invitation.expires_at);
    if (!context.json) {
        context.out << invitation.code.reveal() << '\n';
        context.err << "For one account, until " << expires_at << ": sent as 'invitation' to POST /register\n";
        if (loaded->settings.registration != "invite")
            context.err << "Nobody asks for it: registration = " << loaded->settings.registration << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("invitation", invitation.code.reveal());
    out.member("expires_at", expires_at);
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

Command user_invite_command() {
    return {.name = "invite",
            .about =
                "Print an invitation: with it somebody can register once, where registration = invite. Only its digest "
                "is kept",
            .example = "keyhold user invite --days 7",
            .parameters = {{.name = "--days",
                            .help = "How long it is good",
                            .takes = Takes::number,
                            .otherwise = "7",
                            .least = 1,
                            .most = 365}},
            .run = [](Context& context, const Values& values) { invite(context, values.number("--days")); }};
}

}  // namespace keyhold::cli
