// What SIGHUP brings about: the settings are read anew, and what can change while others run changes.
#pragma once

#include <string>

#include "app/log.hpp"
#include "app/settings.hpp"
#include "base/replaceable.hpp"
#include "domain/clients.hpp"
#include "domain/signing_keys.hpp"
#include "http/cors.hpp"
#include "http/server.hpp"

namespace keyhold::app {

class Reload {
public:
    struct Parts {
        http::Server& server;
        http::Cors& cors;
        Replaceable<domain::Clients>& clients;
        domain::SigningKeys& keys;
        Log& log;
    };
    // All of them must outlive it. `started` is what the server was started with.
    Reload(Mode mode, const Sources& sources, const Settings& started, Parts parts)
        : mode_(mode), sources_(sources), started_(started), parts_(parts) {}

    // All of it, or nothing: with settings that are wrong or unsafe everything stays as it is, and the log says why.
    void run();

private:
    Result<> apply(const Loaded& loaded);

    const Mode mode_;
    const Sources& sources_;
    const Settings& started_;
    Parts parts_;
};

}  // namespace keyhold::app
