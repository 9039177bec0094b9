// SPDX-License-Identifier: Apache-2.0
// keyhold user login-link: a link for somebody who is locked out, or for the first administrator.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "domain/errors.hpp"
#include "domain/recovery.hpp"
#include "server/components.hpp"
#include "server/issuer.hpp"

namespace keyhold::cli {
namespace {

void make_link(Context& context, const std::string& username) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
    auto components = server::Components::open(loaded->settings, 1, warn);
    if (!components) return context.fail(components.error());
    server::Components& parts = **components;
    const auto account = parts.accounts.find(username);
    if (!account) return context.fail(account.error());
    if (account->disabled)
        return context.fail(Error(errors::account_not_found, username + " is disabled: `keyhold user enable` first"));
    const auto link = domain::make_sign_in_link(parts.stores, *account, parts.clock.now(), parts.random);
    const std::string base = server::base_of_links(loaded->settings), token(link.token.reveal());
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
            .run = [](Context& context, const Values& values) { make_link(context, values.text("username")); }};
}

}  // namespace keyhold::cli
