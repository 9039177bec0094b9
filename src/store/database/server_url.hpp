// SPDX-License-Identifier: Apache-2.0
// DATABASE_URL of a database that is a server: user:password@host:port,host:port/name?option=value (RFC 3986,
// https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace keyhold::store {

// Holds a password in the clear, and so does what drivers make of it (Location::target).
struct ServerUrl {
    struct Host {
        std::string name;  // also a folder with a Unix socket, for PostgreSQL; empty: the default
        std::string port;  // empty: the default
    };
    std::string user, password, database;
    std::vector<Host> hosts;                                   // at least one
    std::vector<std::pair<std::string, std::string>> options;  // but host and port, which are in hosts
};

// `rest` is what stands behind "://". Percent-encoding is undone. Refused: configuration, with a detail that repeats
// nothing of it but the name of an option that is not among `allowed`.
Result<ServerUrl> parse_server_url(std::string_view rest, std::span<const std::string_view> allowed);

// For people: "keyhold on db1:5432, db2".
std::string shown(const ServerUrl& url);

}  // namespace keyhold::store
