// SPDX-License-Identifier: Apache-2.0
// Sessions: begun by a log-in, carried on by refreshing, ended by a log-out, a new password, theft or time.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/sessions/refresh_tokens.hpp"
#include "domain/sessions/status_lists.hpp"
#include "keyhold/hooks.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/session_store.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// How old the last proof of the password may be when somebody does something dangerous in a browser.
inline constexpr std::chrono::minutes recently{5};

using store::Session;

// Why a session ended: what the database keeps, and what is said of it.
struct EndReason {
    std::string_view code;
    std::string_view sentence;
};
inline constexpr EndReason logged_out{"logged_out", "the session was logged out"};
inline constexpr EndReason revoked{"revoked", "the session was revoked"};
inline constexpr EndReason password_changed{"password_changed", "the password was changed"};
inline constexpr EndReason account_disabled{"account_disabled", "the account was disabled"};
inline constexpr EndReason account_deleted{"account_deleted", "the account was deleted"};
inline constexpr EndReason account_closed{"account_closed", "its owner closed the account"};
inline constexpr EndReason refresh_token_reused{"refresh_token_reused",
                                                "a refresh token was used twice, which means that it was stolen"};
inline constexpr EndReason restored{"restored", "the database was restored from a backup, which ends every session"};
inline constexpr EndReason too_many_sessions{"too_many_sessions",
                                             "the account began newer ones, and has as many sessions as it may have"};
inline constexpr EndReason client_removed{"client_removed", "the application that it was given to was removed"};
inline constexpr EndReason code_reused{"code_reused", "its authorization code was used twice, so somebody else has it"};
inline constexpr EndReason disconnected{"disconnected", "the person took back what the application was allowed"};
inline constexpr EndReason address_restored{"address_restored", "a change of the account's address was undone"};
inline constexpr EndReason not_me{"not_me", "whoever has the account's address said that it was not him"};
inline constexpr std::array end_reasons{
    not_me,           address_restored, too_many_sessions, logged_out,           revoked,
    password_changed, account_disabled, account_deleted,   refresh_token_reused, restored,
    client_removed,   code_reused,      account_closed,    disconnected};

struct SessionRules {
    std::chrono::seconds lifetime{30 * 86'400};   // from the log-in, whatever happens
    std::chrono::seconds idle_time{14 * 86'400};  // from the last refresh
    std::chrono::seconds grace{10};               // for a used refresh token whose successor was used too: two tabs
    std::int64_t per_account = 0;                 // one more ends the one that was idle longest; 0: any number
};

// Where a request comes from, as far as it tells.
struct Client {
    std::string_view device;         // User-Agent
    std::string_view address;        // IP address
    std::string_view language = {};  // Accept-Language, of the mails that follow
};

// A session that is given to an OAuth client.
struct ForClient {
    std::string_view client_id;
    std::string_view parent_id;  // the person's own session
    std::string_view scope;
    Time authenticated_at;  // when that began
    store::CodeUse code;
};

// The same of a client that shows the person's password (RFC 6749 §4.3): no code is used up, and there is no session of
// the person's own with which it ends.
struct ForClientByPassword {
    std::string_view client_id;
    std::string_view scope;
    std::string_view known_device = {};  // an id: the account knows that one from now on
    const store::OutboxMail* notice = nullptr;
};

// What comes of it if scopes are asked for and the account has none of them: a token without any, as of the tutorial's
// routes, or a refusal, as at RFC 6749's endpoint.
enum class NothingLeft { given, refused };

// Who comes with a refresh token. Those of a session of a person's own are for whoever has no registration; those of a
// client's session for that client alone.
struct Refresher {
    std::string_view client_id = {};  // proved, if it has a secret; empty: it is none that is registered
    std::string_view scope = {};      // that the next access token is to have, part of the session's; empty: all
    NothingLeft nothing_left = NothingLeft::given;
};

// Any thread: it keeps nothing that changes, and what only one caller may do is decided by a statement of the store.
// All references must outlive it. Every function that asks the store may throw Unavailable, and what has returned is
// on disk.
class Sessions {
public:
    // `theft` hears of a refresh token that was used again after its grace, on the thread that found out.
    using Theft = std::function<void(const Session&)>;
    // `numbers`: where those that begin get a place in the lists of status_lists.hpp; null: they get none.
    Sessions(const store::Stores& stores, const Clock& clock, Random& random, SessionRules rules, Theft theft,
             const Hooks& hooks = Hooks::none(), StatusNumbers* numbers = nullptr);

    struct Started {
        std::string id;
        Secret refresh_token;
        Time ends_at;  // unless it is refreshed before
        // From the moment at which it began.
        std::chrono::seconds left;
        std::optional<std::int64_t> status_index;  // Session::status_index
    };
    // Refused: invalid_credentials, if the account was disabled, deleted or given another password since it was read.
    // With the id of a device, the account knows that one from now on.
    // `scope`: Session::scope. `notice` goes to whoever has the account, if it did not know the device.
    // An account that is closed is open again.
    Result<Started> start(const store::Account& account, const Client& client, std::string_view known_device = {},
                          std::optional<std::string> scope = {}, const store::OutboxMail* notice = nullptr);
    // The account's password was checked once more in this session of its own: SessionStore::authenticate_again().
    // Refused: invalid_credentials, as start().
    Result<bool> authenticate_again(const store::Account& account, std::string_view id);
    // For an authorization code, which is used up. Refused: invalid_credentials as above; code_invalid, also if the
    // person's session has ended meanwhile.
    Result<Started> start(const store::Account& account, const Client& client, const ForClient& given);
    // Refused: invalid_credentials as above, also if the client was removed meanwhile. An account that is closed is
    // open again.
    Result<Started> start(const store::Account& account, const Client& client, const ForClientByPassword& given);

    // For a link that was sent to sign in, which is used up. Refused: invalid_credentials as above, also if it is not
    // good any more.
    Result<Started> start(const store::Account& account, const Client& client, const store::SecretUse& link,
                          const store::OutboxMail* notice = nullptr);

    struct Refreshed {
        Session session;
        store::Subject account;
        Secret refresh_token;
    };
    // Refused: refresh_token_invalid. A used token gets the same successor again, for as long as nobody has shown that
    // one, and for the grace after it; later it ends the session. One of a client is that client's alone (RFC 6749 §6),
    // which is no theft: somebody mixed two up. Refused also: invalid_scope, and nothing is used up.
    Result<Refreshed> refresh(std::string_view refresh_token, const Refresher& who = {});

    // Those that are live, newest first; `after` is the page before's `next`, or empty.
    store::SessionPage list(std::string_view account_id, std::string_view after, int limit);
    // Of everybody, for whoever looks after the server.
    store::SessionPage list_all(std::string_view after, int limit);
    // Refused: session_not_found, also for somebody else's.
    Result<> end(std::string_view id, std::string_view account_id, const EndReason& reason);
    // How many there were.
    std::size_t end_all(const store::Whose& whose, const EndReason& reason);

    // Ends the account's tokens that belong to no session; sessions stay.
    void end_tokens(std::string_view account_id);

    // What is behind a refresh token that would be good now; changes nothing (RFC 7662).
    std::optional<store::SessionOfAccount> find_by_token(std::string_view refresh_token);
    // Ends the session that a refresh token belongs to, used or not (RFC 7009). False if there is none. Refused:
    // unauthorized_client, for a session of a client's that is not `client_id`.
    Result<bool> end_by_token(std::string_view refresh_token, const EndReason& reason, std::string_view client_id = {});

    // Once a minute: no session lasts longer than the lifetime from now on, whatever the clock said when it began. Does
    // one part, as a job; true if there is more.
    bool look_after();

    // The sessions of clients that began in this one, also those that have ended.
    std::vector<Session> children(std::string_view id);

    // For whoever looks after the server. Also one that has ended, for about a day.
    std::optional<store::SessionOfAccount> find(std::string_view id);
    Result<> end(std::string_view id, const EndReason& reason);

    // When a session ends if it is not refreshed any more.
    Time expires_at(const Session& session) const;
    std::chrono::seconds left(const Session& session) const { return expires_at(session) - clock_.now(); }

private:
    // A session that begins now, with a family key and without a refresh token; nothing is written.
    Session make(const store::Account& account, const Client& client);
    // Makes the first refresh token and writes the row, with what has to happen in the same transaction.
    Result<Started> begin(Session session, const store::Account& account, const store::SessionStore::Beside& beside);
    // By its row, its account and the clock: what the store does not filter.
    bool is_over(const store::SessionOfAccount& found) const;
    // False if the row has another token by now, or has ended.
    bool rotate(const Session& session, std::string_view next_digest, const RotationHistory& history, Time now);
    // 256 bits.
    Secret random_bytes();

    const store::Stores& stores_;
    const Clock& clock_;
    Random& random_;
    SessionRules rules_;
    Theft theft_;
    const Hooks& hooks_;
    StatusNumbers* const numbers_;
};

// The sentence of a stored reason; the code itself if a newer Keyhold wrote it.
std::string_view sentence_of(std::string_view end_reason);

}  // namespace keyhold::domain
