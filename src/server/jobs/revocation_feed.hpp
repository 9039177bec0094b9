// SPDX-License-Identifier: Apache-2.0
// What the route /events/revocations stands on: the list of changes, and whoever waits for the next one.
#pragma once

#include <chrono>

#include "domain/sessions/revocations.hpp"
#include "http/connection/wait_list.hpp"
#include "http/services.hpp"
#include "server/components.hpp"
#include "server/jobs/jobs.hpp"

namespace keyhold::server {

// The list for guards, and those who wait for its next entry (oauth/clients/revocation_feed.cpp).
struct RevocationFeed {
    // How long a change of another process may go unnoticed. A look is one memory access.
    static constexpr std::chrono::milliseconds interval{100};

    // Both must outlive it.
    RevocationFeed(Components& components, domain::IdTokens& id_tokens, std::chrono::seconds token_lifetime);
    void provide(http::Services& services);

    // Calls whoever waits when something has changed.
    Jobs::Job watch();

    domain::Revocations revocations;
    http::WaitList changes;

private:
    const store::ChangeStore& store_;
};

}  // namespace keyhold::server
