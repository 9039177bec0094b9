// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about one-time secrets: invitations, and what is sent to somebody to be shown
// once (recovery_store.hpp). Only digests are kept. Every function may throw Unavailable and may be called from any
// thread. What returned is on disk.
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
struct OutboxMail;

struct OneTimeSecret {
    std::string digest;
    std::string purpose;        // "invite", "reset" ...; a secret of one purpose is none of another
    std::string account_id;     // whose it is, or who used it; empty: nobody's yet
    std::string address;        // that it was sent to; empty: none
    std::int64_t attempts = 0;  // at its code that failed
    Time expires_at{};
    std::optional<Time> used_at;  // or when a newer one took its place
    // Of those with the same purpose and subject the newest alone is good: an account's id, or the key of an address.
    // Empty: they have nothing to do with each other.
    std::string subject = {};
    std::string mail_id = {};  // that it was sent in, and that its code is made of; empty: none
    std::string roles = {};    // with spaces between them, that whoever uses it gets: of an invitation

    bool operator==(const OneTimeSecret&) const = default;
};
KEYHOLD_ROW(OneTimeSecret, (digest), (purpose), (account_id), (address), (attempts), (expires_at),
            (used_at, zero_is_none()), (subject), (mail_id), (roles))

// The use of one, within a transaction that does what it is for.
struct SecretUse {
    std::string digest, purpose;
    Time now;
};

struct SecretPage {
    std::vector<OneTimeSecret> secrets;
    std::string next;  // empty: there are no more
};

class SecretStore {
public:
    explicit SecretStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // With the mail that it is sent in, if there is one.
    void add(const OneTimeSecret& secret, const OutboxMail* mail = nullptr);
    std::optional<OneTimeSecret> find(std::string_view digest, std::string_view purpose);

    // Invitations that somebody could use at `now`, those first that end first, behind `after`, the `next` of the page
    // before; empty: from the first on. One of nobody's making finds none.
    SecretPage list_invitations(Time now, std::string_view after, int limit);
    // Nobody can use it any more. False if that was so already.
    bool revoke_invitation(std::string_view digest, Time now);

    // Deletes what expired before `time`, at most `limit` at a time. How many there were.
    std::int64_t purge(Time time, std::int64_t limit);

private:
    std::shared_ptr<Database> database_;
};

// One conditional UPDATE: false if the secret is unknown, expired or was used before. Within the transaction that makes
// `account_id`.
bool use_secret(Connection& connection, const SecretUse& use, std::string_view account_id);

// Of an account that is removed: those whose subject it is, or its address (the key; empty: none), and what it used.
void forget_secrets_of(Connection& connection, std::string_view account_id, std::string_view address);

// An address that its owner may ask back, as somebody else may have changed it: until then no other account gets it,
// as that would leave him without. A row from the moment of the change on; the link is made when its mail is sent.
struct HeldAddress {
    std::string_view email_key, account_id;
    std::string_view mail_id;  // that tells of the change
    Time until;
};
void reserve_address(Connection& connection, const HeldAddress& held);
// For another account than this one, which exists.
bool is_held_for_another(Connection& connection, std::string_view email_key, std::string_view account_id, Time now);
// Those that are told if the account is deleted, but for the one that it has by now: as the mail of the change was
// sent to them, else by their keys.
std::vector<std::string> addresses_held_for(Connection& connection, std::string_view account_id, Time now);
// All that are held for the account.
void release_addresses_of(Connection& connection, std::string_view account_id, Time now);

}  // namespace keyhold::store
