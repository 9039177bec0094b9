// SPDX-License-Identifier: Apache-2.0
// keyhold user invite|invitations|revoke-invitation: for somebody who may register.
#include <chrono>
#include <ostream>

#include "base/json.hpp"
#include "base/setting.hpp"
#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/accounts/roles.hpp"
#include "server/settings/issuer.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

// As the server's own, which sends the mail.
Result<domain::Invitation> make(const Settings& settings, server::Components& parts,
                                const domain::InvitationWanted& wanted) {
    if (auto there = parts.roles.check(wanted.roles, domain::Roles::whoever_runs_the_server); !there)
        return std::move(there).error();
    // Without an address nothing is mailed: the code is printed and the operator hands it over.
    if (wanted.email.empty()) return domain::invite(*parts.stores.secrets, parts.clock.now(), wanted, parts.random);
    domain::OneTimeLinks links(*parts.stores.throttle, parts.random, server::secret_outside_of_the_database(settings));
    domain::Recovery recovery(parts.stores, parts.accounts, links, parts.clock, parts.random,
                              {.settings = settings.sections.get<domain::RecoverySettings>(), .mails = parts.mails});
    return recovery.invite(wanted);
}

// The code goes to standard output alone, so that a script can take it; sentences go to standard error. The code is not
// shown again, only its digest is kept.
void invite(Context& context, const Settings& settings, server::Components& parts,
            const domain::InvitationWanted& wanted) {
    const auto made = make(settings, parts, wanted);
    if (!made) return context.fail(made.error());
    const domain::Invitation& invitation = *made;
    const std::string expires_at = rfc3339(invitation.expires_at);
    const std::string base = server::base_of_links(settings);
    if (!context.json) {
        context.out << invitation.code.reveal() << '\n';
        context.err << "For one account, until " << expires_at << ": typed at " << base
                    << "/sign-up, or sent as 'invitation' to POST /register\n";
        if (settings.registration != "invite" && wanted.roles.empty())
            context.err << "Nobody asks for it: registration = " << settings.registration << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("invitation", invitation.code.reveal());
    // Without an address of ours it begins with its path, and the operator puts one in front.
    out.member("url", base + "/invited?invitation=" + std::string(invitation.code.reveal()));
    out.member("expires_at", expires_at);
    out.end_object();
    context.out << text << '\n';
}

// By page of a thousand. Without --json a line has id, end, roles and address; the last two may be missing.
void list_open(Context& context, server::Components& parts) {
    constexpr int page_size = 1000;
    std::string cursor;
    bool first = true;
    if (context.json) context.out << '[';
    do {
        auto page = domain::list_invitations(*parts.stores.secrets, parts.clock.now(), cursor, page_size);
        for (const domain::OpenInvitation& one : page.invitations) {
            if (!context.json) {
                context.out << one.id << "  " << rfc3339(one.expires_at) << (one.roles.empty() ? "" : "  ")
                            << joined(one.roles, ",") << (one.email.empty() ? "" : "  ") << one.email << '\n';
                continue;
            }
            std::string text;
            json::Writer out(text);
            out.begin_object();
            out.member("id", one.id);
            out.name("roles");
            out.begin_array();
            for (const std::string& role : one.roles) out.value(role);
            out.end_array();
            out.member("email", one.email);
            out.member("expires_at", rfc3339(one.expires_at));
            out.end_object();
            context.out << (first ? "" : ",\n") << text;
            first = false;
        }
        cursor = std::move(page.next);
    } while (!cursor.empty());
    if (context.json) context.out << "]\n";
}

}  // namespace

Command user_invitations_command() {
    return {.name = "invitations",
            .about =
                "Invitations that nobody has used yet, those first that end first; what they are called here "
                "registers nobody",
            .example = "keyhold user invitations",
            .run = [](Context& context, const Values&) {
                with_components(context,
                                [&](const Settings&, server::Components& parts) { list_open(context, parts); });
            }};
}

Command user_revoke_invitation_command() {
    return {.name = "revoke-invitation",
            .about = "Take an invitation back: nobody can register with it any more",
            .example = "keyhold user revoke-invitation q0Vb0VN2nJb1W1Wc0zU6m8bq1xUq3mXkq9J3J0n1r6E",
            .parameters = {{.name = "id", .help = "Which, as `keyhold user invitations` says it", .required = true}},
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings&, server::Components& parts) {
                    const auto done =
                        domain::revoke_invitation(*parts.stores.secrets, parts.clock.now(), values.text("id"));
                    if (!done) return context.fail(done.error());
                    if (!context.json) context.err << "Nobody can register with it any more\n";
                });
            }};
}

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
                            .most = 365},
                           {.name = "--role", .help = "That the account begins with; several with commas between them"},
                           {.name = "--email", .help = "To whom it is mailed, by the server that runs"}},
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings& settings, server::Components& parts) {
                    domain::InvitationWanted wanted{.life = std::chrono::days(values.number("--days")),
                                                    .email = values.text("--email")};
                    if (const auto read = read_setting(wanted.roles, values.text("--role")); !read)
                        return context.fail(read.error());
                    invite(context, settings, parts, wanted);
                });
            }};
}

}  // namespace keyhold::cli
