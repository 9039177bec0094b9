// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/revocation_feed.hpp"

namespace keyhold::server {

RevocationFeed::RevocationFeed(Components& components, domain::IdTokens& id_tokens, std::chrono::seconds token_lifetime)
    : revocations(*components.stores.changes, id_tokens, components.clock, token_lifetime),
      store_(*components.stores.changes) {}

void RevocationFeed::provide(http::Services& services) {
    services.provide(revocations);
    services.provide(changes);
}

Jobs::Job RevocationFeed::watch() {
    return {"guards that follow", [this, seen = store_.epoch()]() mutable {
                const std::uint64_t epoch = store_.epoch();
                if (epoch == seen) return;
                seen = epoch;
                changes.wake();
            }};
}

}  // namespace keyhold::server
