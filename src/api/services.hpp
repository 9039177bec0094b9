// SPDX-License-Identifier: Apache-2.0
// Services of the handlers that are no objects of the domain. A handler asks for any service by naming it in its
// parameter list (http/services.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "domain/sessions/tokens.hpp"

namespace keyhold::api {

// The OpenAPI document, as JSON. Written when it is first asked for, as that would take a third of the time of a start.
class OpenApiDocument {
public:
    // `write` is called once, when all routes are there.
    explicit OpenApiDocument(std::function<std::string()> write) : write_(std::move(write)) {}

    // Any thread.
    const std::string& json() const {
        std::call_once(written_, [this] { json_ = write_(); });
        return json_;
    }

private:
    std::function<std::string()> write_;
    mutable std::once_flag written_;
    mutable std::string json_;
};

// The public keys, as a JWK Set (RFC 7517 §5). {"keys":[]} where tokens are signed with a shared secret.
struct PublicKeys {
    domain::SigningKeys& keys;
    domain::Liveness& liveness;
    const Clock& clock;
    std::chrono::seconds max_age;  // others may keep what we say of our keys so long

    // Of this thread, until it asks again. Whoever verifies tokens elsewhere needs them most when the database is in
    // trouble: then they are those that we know.
    // Waits for a slow database for 100 ms at most (Liveness::follow_if_quick()).
    const domain::PublishedKeys& now() const {
        liveness.follow_if_quick();
        return keys.published(clock.now());
    }
};

}  // namespace keyhold::api
