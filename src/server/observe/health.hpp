// SPDX-License-Identifier: Apache-2.0
// Whether the server is fit to be sent clients, and why not.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/keys/signing_keys.hpp"
#include "domain/sessions/liveness.hpp"
#include "store/stores.hpp"

namespace keyhold::server {

// Any thread.
class Health {
public:
    Health(const store::Stores& stores, domain::Liveness& liveness, domain::SigningKeys& keys, const Clock& clock)
        : stores_(stores), liveness_(liveness), keys_(keys), clock_(clock) {}

    // From now on nobody new shall come.
    void drain() { draining_ = true; }

    // Empty: ready. Asks the database, and waits for it as long as a request would.
    std::vector<std::string> problems() const;

private:
    const store::Stores& stores_;
    domain::Liveness& liveness_;
    domain::SigningKeys& keys_;
    const Clock& clock_;
    std::atomic<bool> draining_ = false;
};

}  // namespace keyhold::server
