// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about sessions whose end a client has to be told of (OpenID Connect Back-Channel
// Logout). A notice is written in the transaction that ends the session, whoever does that, and stays until the client
// has heard it or cannot be reached for long. Every function may throw Unavailable and may be called from any thread.
// What returned is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "store/row.hpp"

namespace keyhold::store {

class Connection;
class Database;

struct LogoutNotice {
    std::string session_id;  // the client's
    std::string client_id;
    std::string account_id;
    Time due_at{};  // the next try; while somebody tries, the end of the lease
    std::int64_t attempts = 0;

    bool operator==(const LogoutNotice&) const = default;
};
KEYHOLD_ROW(LogoutNotice, (session_id), (client_id), (account_id), (due_at), (attempts))

class LogoutStore {
public:
    explicit LogoutStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // The one that is due longest, which is due at `until` for everybody else; its attempts are counted up. Of those
    // who ask at once each gets another one. Empty if none is due.
    std::optional<LogoutNotice> lease(Time now, Time until);
    // The client has heard it, or never will.
    void remove(std::string_view session_id);
    void try_again(std::string_view session_id, Time due_at);

private:
    std::shared_ptr<Database> database_;
};

// Within the transaction that ends the session: a notice, if it is that of a client that wants one.
void note_logout(Connection& connection, std::string_view session_id, Time now);

}  // namespace keyhold::store
