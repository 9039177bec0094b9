// SPDX-License-Identifier: Apache-2.0
// keyhold user login-link: a link for somebody who is locked out, or for the first administrator.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"
#include "server/settings/issuer.hpp"

namespace keyhold::cli {
namespace {

// Prints the link once; only a digest of it is kept. Whoever has it is signed in as that person, so it is handed over
// like a password.
void make_link(Context& context, const Settings& settings, server::Components& parts, const std::string& username) {
    const auto account = parts.accounts.find(username);
    if (!account) return context.fail(account.error());
    if (account->disabled)
        return context.fail(Error(errors::account_not_found, username + " is disabled: `keyhold user enable` first"));
    const auto link = domain::make_sign_in_link(parts.stores, *account, parts.clock.now(), parts.random);
    const std::string base = server::base_of_links(settings), token(link.token.reveal());
    // Without an address of ours, the person puts the one that he knows in front.
    const std::string url = base + "/sign-in-link?token=" + token;
    const std::string expires_at = rfc3339(link.expires_at);
    if (!context.json) {
        context.out << url << '\n';
        context.err << "Signs in as " << account->username << ", once, until " << expires_at
                    << (base.empty() ? "; the address of this server goes in front: set issuer" : "") << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("url", url);
    out.member("token", token);
    out.member("expires_at", expires_at);
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

Command user_login_link_command() {
    return {.name = "login-link",
            .about = "Print a link that signs in as somebody, once, within half an hour. Only its digest is kept",
            .example = "keyhold user login-link ann",
            .parameters = {{.name = "username", .help = "The name, or the address", .required = true}},
            .run = [](Context& context, const Values& values) {
                with_components(context, [&](const Settings& settings, server::Components& parts) {
                    make_link(context, settings, parts, values.text("username"));
                });
            }};
}

}  // namespace keyhold::cli
