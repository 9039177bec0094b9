// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about sessions: what a log-in starts and a log-out ends. Every function may throw
// Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/secret_store.hpp"
#include "store/database/row.hpp"
#include "store/events/outbox_store.hpp"
#include "store/subject.hpp"

namespace keyhold::store {

class Database;

struct Session {
    std::string id;  // a UUIDv7 that we make; `sid` in tokens
    std::string account_id;
    std::string device;   // what the client says that it is (User-Agent)
    std::string address;  // where the log-in came from
    Time created_at{};
    Time last_used_at{};         // log-in or refresh
    Time ends_at{};              // at the latest; when it did, once it has
    std::optional<Time> ended;   // log-out, password change ...
    std::string end_reason;      // a row of domain/sessions/sessions.hpp
    std::string refresh_digest;  // of the one refresh token that is good
    std::string family_key;      // what tells our used tokens from invented ones
    std::string rotations;       // the newest ones; domain/sessions/refresh_tokens.hpp
    // The scopes that were asked for at the log-in and granted, separated by spaces; empty: all that the account has.
    std::optional<std::string> scope = {};
    // Of a session that was given to an OAuth client; empty for those of people. Its scope is never empty, and with
    // "offline_access" it does not end with the person's.
    std::string client_id = {};
    std::string parent_id = {};  // the person's session in which it began, and with which it ends
    // When the person proved who they are: `auth_time`. Of a person's own session: when they did so again, or 0.
    Time authenticated_at = {};
    // Its place in the lists of status_list_store.hpp; empty: none.
    std::optional<std::int64_t> status_index = {};

    // OpenID Connect Core §11: its scope has "offline_access".
    bool is_offline() const;
    // When that was last, in a session of either kind.
    Time last_authenticated() const {
        return client_id.empty() ? std::max(created_at, authenticated_at) : authenticated_at;
    }
};
KEYHOLD_ROW(Session, (id), (account_id), (device), (address), (created_at), (last_used_at), (ends_at),
            (ended, column("ended_at"), zero_is_none()), (end_reason), (refresh_digest), (family_key), (rotations),
            (scope), (client_id), (parent_id), (authenticated_at), (status_index))

// Whether a list of words, as of scopes (RFC 6749 §3.3), has this one.
bool has_word(std::string_view list, std::string_view word);

// A session and whose it is.
struct SessionOfAccount {
    Session session;
    Subject account;
};

// Which sessions of an account are meant.
struct Whose {
    std::string_view account_id;
    std::string_view all_but = {};  // this session stays
};

// One page of an account's live sessions, newest first.
struct SessionPage {
    std::vector<Session> sessions;
    std::string next;  // give it as `after` for the next page; empty on the last
};

// In SQL, the same text for every database. Virtual for tests that watch what is asked.
class SessionStore {
public:
    explicit SessionStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}
    virtual ~SessionStore() = default;

    // Refused: invalid_credentials, if the account is gone or disabled or has another `generation` by now: its password
    // was changed after it was checked. The same, or code_invalid, if it is for a registered client that is gone.
    struct Beside {  // what happens in the same transaction
        // The account knows this device from then on (throttle_store.hpp); empty: none.
        std::string_view device = {};
        // Of the others that the account has with the same client, those that were idle longest end, so that so many
        // are left with this one; 0: all stay.
        std::int64_t most_sessions = 0;
        std::string_view reason = {};  // why those ended
        // Of the sessions that end, those of clients that began in them end too, as with end().
        // A code that is used up, before anything else (authorization_store.hpp). Refused: code_invalid; the session in
        // which it was given, or allowed to a device, has to be live still.
        const CodeUse* code = nullptr;
        // A link that is used up (secret_store.hpp). Refused: invalid_credentials.
        const SecretUse* secret = nullptr;
        // The account was closed, and is not any more.
        bool reopens = false;
        // Written if the account did not know the device before, unless it is its first log-in of all, or there were
        // `most_notices` of the kind in an hour.
        const OutboxMail* notice = nullptr;
        std::int64_t most_notices = 5;
    };
    virtual Result<> create(const Session& session, std::int64_t generation, const Beside& beside);
    Result<> create(const Session& session, std::int64_t generation) { return create(session, generation, {}); }

    // The account's password was shown once more in this session, which goes on: `authenticated_at`. False if it has
    // ended or is another account's. Refused: invalid_credentials, as create().
    virtual Result<bool> authenticate_again(std::string_view id, std::string_view account_id, std::int64_t generation,
                                            Time now);

    // Whatever has become of it: ended ones too, until they are purged. Empty if the account is gone.
    virtual std::optional<SessionOfAccount> find(std::string_view id);
    // Its account; empty if it has ended or its account is gone or disabled.
    virtual std::optional<Subject> find_live(std::string_view id, Time now);
    // Those that are live and were used after `not_idle_since`; from 1 to 1000 at a time.
    struct Wanted {
        std::string_view account_id, after;  // empty: from the newest on
        int limit;
        Time now, not_idle_since;
    };
    virtual SessionPage list(const Wanted& wanted);
    // The same of all accounts, whoever is named.
    SessionPage list_all(const Wanted& wanted);

    // The one use of a refresh token: `expected` becomes `next` in one statement; false if another one was first, the
    // session has ended or was not used after `not_idle_since`.
    // `rotations` replaces the column as it is: what stands in it is the domain's to know.
    struct Rotation {
        std::string_view id, expected, next, rotations;
        Time now, not_idle_since;
    };
    virtual bool rotate(const Rotation& rotation);

    // From the return of these on, the sessions are over for every process on this database.
    // False if there is no such session or it has ended. With an account, it must be that account's. Those of clients
    // that began in it end too, but for offline ones.
    virtual bool end(std::string_view id, std::optional<std::string_view> account_id, std::string_view reason,
                     Time now);
    // And the account's tokens that belong to no session (Account::tokens_valid_from). How many sessions there were.
    virtual std::size_t end_all(const Whose& whose, std::string_view reason, Time now);

    // Deletes sessions that ended before `time`, at most `limit` at a time. How many there were. And the names of
    // accounts that were removed before it.
    virtual std::int64_t purge(Time time, std::int64_t limit);

    // Those that are to end after `latest` end then, and were last used `now` at the latest: a clock that was set back
    // since has dated them. At most `limit` at a time. How many there were.
    virtual std::int64_t cap_ends(Time latest, Time now, std::int64_t limit);

    // The sessions of clients that began in this one, also those that have ended.
    std::vector<Session> children(std::string_view id);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
