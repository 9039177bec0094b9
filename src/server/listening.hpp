// SPDX-License-Identifier: Apache-2.0
// Where a server listens, before there is one: all that may refuse it there is asked before anything is made, so that a
// program that does not start leaves no database and no key behind.
#pragma once

#include <memory>
#include <optional>

#include "base/result.hpp"
#include "http/connection/tls.hpp"
#include "http/server.hpp"
#include "server/observe/log.hpp"
#include "server/process/handover.hpp"
#include "server/process/sockets.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// The kernel accepts connections as soon as the sockets are open: they are answered when the server has started.
struct Listening {
    std::shared_ptr<const http::TlsContext> certificate;  // null: plain HTTP
    http::ServerOptions options;
    std::optional<Predecessor> predecessor;  // whose sockets these are; it serves on until the server has started
    Sockets sockets;

    // Refused: configuration, for a certificate that cannot be used, addresses that cannot be listened at, and what
    // only an address makes unsafe.
    static Result<Listening> open(const Settings& settings, Mode mode, const Environment& environment, Log& log);
};

}  // namespace keyhold::server
