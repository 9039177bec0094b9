// SPDX-License-Identifier: Apache-2.0
// Asking an issuer what a token is worth now (RFC 7662).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "guard/key_source.hpp"
#include "net/https_client.hpp"

namespace keyhold::guard {

// What the issuer says of a live token.
struct LiveToken {
    json::Document document;
    json::Value claims;  // of the document; an object
};

// Any number of threads; each waits for its own answer.
class Introspector {
public:
    // `endpoint` says where, as discovery may find another one later; empty while it is not known.
    using Endpoint = std::function<std::optional<net::Url>()>;
    // `client` must outlive it. `endpoint` may be called on any thread.
    Introspector(net::HttpsClient& client, Endpoint endpoint, std::string_view client_id, std::string_view secret);

    // Refused: token_not_live; store_unavailable where no answer came that says so, and for
    // a second after that without asking, so that an issuer that is slow does not hold all threads.
    Result<LiveToken> ask(std::string_view token);

    std::string trouble() const;  // of the last question; empty if it was answered

private:
    Result<LiveToken> ask_now(std::string_view token);

    net::HttpsClient& client_;
    const Endpoint endpoint_;
    const std::string client_id_;
    const Secret secret_;
    // No question before this moment, in ticks of the steady clock.
    std::atomic<Steady::rep> quiet_until_;
    mutable std::mutex mutex_;
    std::string trouble_;  // under mutex_
};

}  // namespace keyhold::guard
