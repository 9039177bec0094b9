// SPDX-License-Identifier: Apache-2.0
// What `keyhold dev` and `keyhold serve` say at the terminal once the server answers.
#include "cli/tools/banner.hpp"

#include <unistd.h>

#include <ostream>

#include "base/exceptions.hpp"
#include "domain/accounts/first_administrator.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/observe/development.hpp"
#include "server/settings/issuer.hpp"
#include "server/version.hpp"

namespace keyhold::cli {

// For `dev` alone: the addresses to try, and what is not fit for production.
void show_banner(std::ostream& err, const std::string& own_version, const server::Settings& settings,
                 const server::SigningKeys& keys, Time now, const std::string& url, const std::string& admin) {
    const domain::Development development = server::development_of(settings, keys, now);
    err << "\n  " << (own_version.empty() ? "Keyhold " + std::string(server::version) : own_version)
        << ", development mode\n\n"
        << "  Server      " << url << "\n"
        << "  Try it      " << url << "/docs\n"
        << "  Read it     " << url << "/redoc\n"
        << "  Metrics     " << admin << (admin.starts_with("http") ? "/metrics" : ": see admin_bind") << "\n"
        << "  Mails       " << (server::mail_of(settings).is_set() ? "are sent" : url + "/dev/inbox") << "\n"
        << "  Accounts    " << development.database << "\n"
        << "  Tokens      " << development.algorithm << " with "
        << (development.has_own_keys ? std::string("a key of our own") + (keys.own->made_now ? " (made now)" : "")
                                     : "SECRET_KEY")
        << "\n\n"
        << "  Passwords need " << development.password_min_length
        << " characters and may be easy to guess: for production use `keyhold serve`.\n";
    for (const std::string& warning : development.warnings) err << "  Warning: " << warning << ".\n";
    err << "  Stop with Ctrl-C.\n\n" << std::flush;
}

// Standard error, where the banner goes: standard output may be a pipe.
bool is_terminal() { return ::isatty(STDERR_FILENO) != 0; }

// Empty if there is an administrator already. The link is shown at a terminal alone, because a log is read by more
// people than may become administrators.
std::string words_of_first_administrator(const server::Settings& settings, server::Components& components,
                                         const std::string& url) try {
    domain::FirstAdministrator first(components.stores, components.accounts, components.clock, components.random);
    if (!is_terminal())
        return first.is_missing() ? "nobody administers this server: `keyhold role grant admin NAME` makes somebody "
                                    "the first one, and a start at a terminal shows a link for it"
                                  : "";
    // Older links end by it (FirstAdministrator::offer()).
    const auto link = first.offer();
    if (!link) return {};
    std::string base = server::base_of_links(settings);
    // Where nothing says how the server is reached from elsewhere, the address at which it listens is good for this
    // machine.
    if (base.empty() && url.starts_with("http")) base = url;
    std::string text =
        "\n  Nobody administers this server yet. Whoever opens this link gets the role admin, once, until ";
    return text.append(rfc3339(link->expires_at))
        .append(":\n  ")
        .append(base)
        .append("/first-administrator?token=")
        .append(link->token.reveal())
        .append("\n\n");
} catch (const Unavailable&) {  // a database that takes no writes now, as a standby's
    return {};
}

}  // namespace keyhold::cli
