// SPDX-License-Identifier: Apache-2.0
// Tells clients that a session of theirs is over (OpenID Connect Back-Channel Logout 1.0): what the database has noted,
// one after the other, at least once each.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "domain/id_tokens.hpp"
#include "server/client_https.hpp"
#include "server/components.hpp"
#include "server/jobs.hpp"

namespace keyhold::server {

class BackChannel {
public:
    // How long a client waits at most until what is noted is told.
    static constexpr std::chrono::milliseconds interval{500};

    // `warn` hears of clients that cannot be reached. All must outlive it.
    using Warn = std::function<void(std::string_view sentence)>;
    BackChannel(Components& components, domain::IdTokens& id_tokens, const oauth::Settings& settings, Warn warn);

    // What is due now. Throws Unavailable, if the database does not answer.
    void tell_all();
    // From another thread: no client is waited for any longer.
    void stop() { https_.stop(); }

private:
    bool tell(const store::LogoutNotice& notice, const domain::RegisteredClient& client);

    Components& components_;
    domain::IdTokens& id_tokens_;
    ClientHttps https_;
    const Warn warn_;
};

}  // namespace keyhold::server
