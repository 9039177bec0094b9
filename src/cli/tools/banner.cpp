// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/banner.hpp"

#include <ostream>

#include "server/mail_client.hpp"
#include "server/safety.hpp"
#include "server/version.hpp"
#include "store/driver.hpp"

namespace keyhold::cli {

void show_banner(std::ostream& err, const server::Settings& settings, const server::SigningKeys& keys, Time now,
                 const std::string& url, const std::string& admin) {
    err << "\n  Keyhold " << server::version << ", development mode\n\n"
        << "  Server      " << url << "\n"
        << "  Try it      " << url << "/docs\n"
        << "  Read it     " << url << "/redoc\n"
        << "  Metrics     " << admin << (admin.starts_with("http") ? "/metrics" : ": see admin_bind") << "\n"
        << "  Mails       " << (server::mail_of(settings).is_set() ? "are sent" : url + "/dev/inbox") << "\n"
        << "  Accounts    " << store::without_password(settings.database_url) << "\n"
        << "  Tokens      " << keys.keys->signing(now).algorithm().name << " with "
        << (keys.own ? std::string("a key of our own") + (keys.own->made_now ? " (made now)" : "") : "SECRET_KEY")
        << "\n\n"
        << "  Passwords need " << settings.password_min_length
        << " characters and may be easy to guess: for production use `keyhold serve`.\n";
    for (const std::string& problem : server::weak_secrets(settings)) err << "  Warning: " << problem << ".\n";
    err << "  Stop with Ctrl-C.\n\n" << std::flush;
}

}  // namespace keyhold::cli
