// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about authorizations: the codes that stand for one (RFC 6749 §4.1.2), and what
// people allowed for good. Every function may throw Unavailable and may be called from any thread. What returned is on
// disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/database/row.hpp"

namespace keyhold::store {

class Connection;
class Database;

struct AuthorizationCode {
    std::string digest;  // of the code
    std::string client_id;
    std::string account_id;
    std::string parent_id;  // the person's session, in which it was given
    std::string redirect_uri;
    std::string scope;
    std::string nonce;           // empty: none was sent
    std::string code_challenge;  // of S256 (RFC 7636 §4.2); empty: none was sent
    Time authenticated_at{};     // when the person proved who they are
    Time expires_at{};
    std::optional<Time> used_at;
    std::string session_id;            // that was begun with it; empty until then
    std::string id_token_claims = {};  // that were asked for one by one, separated by spaces

    bool operator==(const AuthorizationCode&) const = default;
};
KEYHOLD_ROW(AuthorizationCode, (digest), (client_id), (account_id), (parent_id), (redirect_uri), (scope), (nonce),
            (code_challenge), (authenticated_at), (expires_at), (used_at, zero_is_none()), (session_id),
            (id_token_claims))

// What a client asked for before it sent the person (RFC 9126).
struct PushedRequest {
    std::string digest;  // of its request_uri
    std::string client_id;
    std::string parameters;  // as a query
    Time expires_at{};

    bool operator==(const PushedRequest&) const = default;
};
KEYHOLD_ROW(PushedRequest, (digest), (client_id), (parameters), (expires_at))

// What a device without a browser asked for (RFC 8628 §3.1), and what somebody said to it.
enum class DeviceState : std::uint8_t { waiting, allowed, denied };
struct DeviceCode {
    std::string digest;            // of the device_code
    std::string user_code_digest;  // no two at a time have the same
    std::string client_id;
    std::string scope;
    DeviceState state = DeviceState::waiting;
    std::string account_id;   // who has said it; empty until then
    Time authenticated_at{};  // when they proved who they are
    Time expires_at{};
    std::int64_t interval = 0;  // seconds between two questions
    Time asked_at{};            // the last one
    std::optional<Time> used_at;
    std::string session_id;      // that was begun with it
    std::string parent_id = {};  // the person's session, in which it was allowed; empty until then

    bool operator==(const DeviceCode&) const = default;
};
KEYHOLD_ROW(DeviceCode, (digest), (user_code_digest), (client_id), (scope), (state), (account_id), (authenticated_at),
            (expires_at), (interval, column("interval_seconds")), (asked_at), (used_at, zero_is_none()), (session_id),
            (parent_id))

// That a client has shown (RFC 7523): what is used once.
struct ClientAssertion {
    std::string digest;  // of the client and its `jti`
    Time expires_at{};
};
KEYHOLD_ROW(ClientAssertion, (digest), (expires_at))

struct Consent {
    std::string account_id;
    std::string client_id;
    std::string scope;  // separated by spaces
    Time given_at{};

    bool operator==(const Consent&) const = default;
};
KEYHOLD_ROW(Consent, (account_id), (client_id), (scope), (given_at))

// The use of a code, within the transaction that begins the client's session.
enum class CodeKind : std::uint8_t { authorization, device };
struct CodeUse {
    std::string_view digest, client_id;
    Time now;
    CodeKind kind = CodeKind::authorization;
    std::string_view allowed_in = {};  // DeviceCode::parent_id
};

// Codes and requests are known by digests alone: who reads the database can use none of them.
class AuthorizationStore {
public:
    explicit AuthorizationStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // Throws NotUnique for a digest that is there, which random codes never meet.
    void add(const AuthorizationCode& code);
    // Also one that was used or has expired: whoever shows it again has to be noticed.
    std::optional<AuthorizationCode> find(std::string_view digest);
    // One conditional UPDATE by which a code is over that began no session, as what came with it was wrong. False if it
    // was over already.
    bool spoil(const CodeUse& use);
    // Deletes what is over, at most `limit` of each at a time: codes, and those of devices that were used, if they
    // expired before `known_since`, as a second use has to be known for one until then; what strangers may make as many
    // of as they like, if it expired before `now`: requests, assertions and codes of devices that nobody used. The
    // greatest of the numbers.
    std::int64_t purge(Time now, Time known_since, std::int64_t limit);

    void push(const PushedRequest& request);
    // Empty from when it expires on.
    std::optional<PushedRequest> find_pushed(std::string_view digest, Time now);
    // False if it is gone: of those who come at once one takes it.
    bool take_pushed(std::string_view digest);

    // False if another one that is not purged yet has this user code.
    bool add_device(const DeviceCode& code);
    std::optional<DeviceCode> find_device(std::string_view digest);
    // While it waits.
    std::optional<DeviceCode> find_waiting_device(std::string_view user_code_digest, Time now);
    // One conditional UPDATE: false if it expired, somebody was first, or the session in which it is said is over.
    struct Decision {
        std::string_view user_code_digest;
        DeviceState state;
        std::string_view account_id;
        Time authenticated_at, now;
        std::string_view session_id;  // in which it is said
    };
    bool decide_device(const Decision& decision);
    // Notes a question. False if another one was noted since `known` was read.
    bool note_question(const DeviceCode& known, Time now, std::int64_t interval);

    // One INSERT: false if it was there.
    // RFC 7523 §3, item 7: whoever shows the same `jti` again is refused.
    bool use_assertion(const ClientAssertion& assertion);

    // What the account has allowed the client for good; empty: nothing.
    std::optional<Consent> find_consent(std::string_view account_id, std::string_view client_id);
    // In the place of what was allowed before.
    void remember(const Consent& consent);

private:
    std::shared_ptr<Database> database_;
};

// One conditional UPDATE: false if the code is unknown, another client's, expired, used, or a device's that nobody has
// allowed.
bool use_code(Connection& connection, const CodeUse& use, std::string_view session_id);

// Authorization codes and devices that the account has allowed and that have begun no session yet, also in a session
// that stays.
void end_codes_of(Connection& connection, std::string_view account_id, Time now);

// The same of one client: what it could still begin a session of the account with.
// False if there is nothing.
bool spoil_codes_of(Connection& connection, std::string_view account_id, std::string_view client_id, Time now);

// What the account has allowed the client for good. False if that is nothing.
bool forget_consent(Connection& connection, std::string_view account_id, std::string_view client_id);

// All that the account has allowed to clients for good; the clients.
std::vector<std::string> forget_consents_of(Connection& connection, std::string_view account_id);

}  // namespace keyhold::store
