// SPDX-License-Identifier: Apache-2.0
// Tells clients that a session of theirs is over (OpenID Connect Back-Channel Logout 1.0): what the database has noted,
// at least once each; one client's one after the other, several clients at a time.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "domain/keys/id_tokens.hpp"
#include "server/components.hpp"
#include "server/jobs/client_https.hpp"
#include "server/jobs/jobs.hpp"
#include "store/events/logout_store.hpp"

namespace keyhold::server {

class BackChannel {
public:
    // How long a client waits at most until what is noted is told.
    static constexpr std::chrono::milliseconds interval{500};
    // Threads that tell them. A client that does not answer has one of them wait for seconds; those that strangers
    // registered share one, so that they keep nobody but each other waiting.
    static constexpr std::array<store::ClientsOf, 4> threads{
        store::ClientsOf::the_operator, store::ClientsOf::the_operator, store::ClientsOf::the_operator,
        store::ClientsOf::strangers};

    // `warn` hears of clients that cannot be reached, from any thread. All must outlive it.
    using Warn = std::function<void(std::string_view sentence)>;
    BackChannel(Components& components, domain::IdTokens& id_tokens, const oauth::Settings& settings, Warn warn);

    // One notice that is due now; false if there is none, or stop() was called. Any number of threads. Throws
    // Unavailable, if the database does not answer.
    bool tell_next(store::ClientsOf whose);
    // From another thread: no client is waited for any longer. Whoever could not be told because of that is told by the
    // next server, as if nobody had tried.
    void stop() {
        stopped_ = true;
        https_.stop();
    }

private:
    enum class Came : std::uint8_t { told, refused, unreachable };
    // Sends one log-out token. Does not throw for what the client does.
    Came tell(const store::LogoutNotice& notice, const domain::RegisteredClient& client);
    void warn_of(const store::LogoutNotice& given_up);

    Components& components_;
    domain::IdTokens& id_tokens_;
    ClientHttps https_;
    const Warn warn_;
    std::atomic<bool> stopped_ = false;
};

}  // namespace keyhold::server
