// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about sessions whose end a client has to be told of (OpenID Connect Back-Channel
// Logout). A notice is written in the transaction that ends the session, whoever does that, and stays until the client
// has heard it or cannot be reached for long. Every function may throw Unavailable and may be called from any thread.
// What returned is on disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/database/row.hpp"

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

// Whose notices are meant. A client that registered itself is a stranger's and may let our requests hang on purpose, so
// its notices have a queue of their own.
enum class ClientsOf : std::uint8_t { the_operator, strangers };

class LogoutStore {
public:
    explicit LogoutStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // The one that is due longest, of a client that nobody is at, on whatever node; its attempts are counted up. Until
    // `until`, or until one of the functions below is called, its client's are for nobody else. So a client that does
    // not answer keeps one thread waiting, and those who ask at once each get another client's. Those of clients that
    // are gone count as the operator's. Empty if none is due.
    std::optional<LogoutNotice> lease(ClientsOf whose, Time now, Time until);
    // The client has heard it, or never will.
    void remove(const LogoutNotice& leased);
    void try_again(const LogoutNotice& leased, Time due_at);
    // For a lease that was not used for a try: the notice is due again at `due_at`, and the try does not count.
    void give_back(const LogoutNotice& leased, Time due_at);
    // The client could not be reached, and that would have come of all that are due to it: the try counts for each of
    // them. One that was tried so often as there are `waits` is given up and returned, the others are due after the
    // wait behind their tries. None is tried before `held_until`, nor what is noted meanwhile.
    std::vector<LogoutNotice> put_off(const LogoutNotice& leased, Time now, Time held_until,
                                      std::span<const std::chrono::seconds> waits);

private:
    std::shared_ptr<Database> database_;
};

// Within the transaction that ends the session: a notice, if it is that of a client that wants one. It holds the
// session's row: whoever notes the same at the same time waits, and finds the notice that is there by then.
void note_logout(Connection& connection, std::string_view session_id, Time now);

}  // namespace keyhold::store
