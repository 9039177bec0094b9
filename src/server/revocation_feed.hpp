// SPDX-License-Identifier: Apache-2.0
// What the route /events/revocations stands on: the list of changes, and whoever waits for the next one.
#pragma once

#include <chrono>

#include "domain/revocations.hpp"
#include "http/services.hpp"
#include "http/wait_list.hpp"
#include "server/components.hpp"
#include "server/jobs.hpp"

namespace keyhold::server {

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
