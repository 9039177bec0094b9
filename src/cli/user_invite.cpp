// SPDX-License-Identifier: Apache-2.0
// keyhold user invite: an invitation for somebody who may register.
#include <chrono>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"

namespace keyhold::cli {
namespace {

void invite(Context& context, const Settings& settings, server::Components& parts, std::int64_t days) {
    const auto invitation =
        domain::invite(*parts.stores.secrets, parts.clock.now(), std::chrono::days(days), parts.random);
    const std::string expires_at = rfc3339(invitation.expires_at);
    if (!context.json) {
        context.out << invitation.code.reveal() << '\n';
        context.err << "For one account, until " << expires_at << ": sent as 'invitation' to POST /register\n";
        if (settings.registration != "invite")
            context.err << "Nobody asks for it: registration = " << settings.registration << '\n';
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
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings& settings, server::Components& parts) {
                    invite(context, settings, parts, values.number("--days"));
                });
            }};
}

}  // namespace keyhold::cli
