// SPDX-License-Identifier: Apache-2.0
// The OAuth clients that can act for an account: those that it has allowed something for good, and those that have a
// session of it. Every function may throw Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace keyhold::store {

class Database;

struct ConnectedClient {
    std::string client_id;
    std::string scope;               // of what was allowed and of its sessions, separated by spaces; each word once
    std::optional<Time> allowed_at;  // for good, so that nobody is asked again
    std::size_t sessions = 0;        // that live
    std::optional<Time> used_at;     // the session that was used last

    bool operator==(const ConnectedClient&) const = default;
};

class ConnectedClientStore {
public:
    explicit ConnectedClientStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // In the order of their ids. Hosts that Keyhold protects are none of them: nobody has allowed them anything.
    std::vector<ConnectedClient> list(std::string_view account_id, Time now);

    // One transaction: what the account has allowed the client is forgotten, its sessions of the account end, offline
    // ones too, and what it could still begin one with (codes, devices) is worth nothing. False if there was nothing.
    bool disconnect(std::string_view account_id, std::string_view client_id, std::string_view reason, Time now);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
