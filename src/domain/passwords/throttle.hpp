// SPDX-License-Identifier: Apache-2.0
// Guessing: how many wrong passwords an account takes, and how long it waits then (docs/decisions/0015-throttle.md).
//
// An attempt is asked for before its password is hashed (begin) and settled afterwards (failed, succeeded). Nobody is
// told whether the password was right before the attempt is settled, and settling is one conditional step in the
// database. So an attempt happens, as far as anybody can tell, at the moment when it is settled: however many are
// under way at once, on however many nodes, those that are settled after the account was locked learn nothing. They
// are settled in the order in which they began (turns.hpp), so that the right one does not overtake wrong ones.
//
// Unknown names are counted like others, under a keyed digest: neither a refusal nor the database says who exists, and
// a password that was typed into the wrong field is not stored.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/mac.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "domain/passwords/refusal_budget.hpp"
#include "domain/passwords/turns.hpp"
#include "store/access/throttle_store.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// What device tokens begin with: lets scanners for leaked secrets find them.
inline constexpr std::string_view device_prefix = "khd_";

struct ThrottleRules {
    std::int64_t free_failures = 10;      // this one is the last that costs no waiting; 0: any number
    std::chrono::seconds first_lock{30};  // each failure after that doubles it
    std::chrono::seconds longest_lock{900};
    std::int64_t address_failures = 100;   // from one address, whatever the names; 0: any number
    std::int64_t address_per_minute = 10;  // of which so many come back
};

// Where an attempt comes from, and what it can show for itself.
struct Origin {
    std::string_view address = {};       // IP address; empty: nobody's
    std::string_view device_token = {};  // from an earlier log-in
    std::string_view session_id = {};    // of a live session of the account: it is about a new password
};

// Whether a client has proved its secret from there before.
enum class ClientPlace : std::uint8_t { known, new_to_us };
// Its secret is compared before the attempt begins, as that takes no time; nobody is told before it is settled.
enum class ClientSecret : std::uint8_t { right, wrong };

class Throttle {
public:
    // What the log is told of, one for each time that a subject is locked. Names nobody but by account id and address.
    struct Lockout {
        std::string_view account_id;  // or the client's; empty: nobody has the name, or the address is locked
        std::string_view address;
        std::int64_t failures;
        std::chrono::seconds lasts;
        bool of_address = false;
        bool of_client = false;
    };
    using Told = std::function<void(const Lockout&)>;

    // All references must outlive it. Asks the database for nothing: its key is read when it is first needed.
    Throttle(const store::Stores& stores, const Clock& clock, Random& random, ThrottleRules rules, Told told);

    // Between begin() and failed() or succeeded(). Holds a place in the order of its subject, which it gives up when
    // it goes.
    class Attempt {
        friend class Throttle;
        Attempt() = default;
        std::string account;  // the subject that all failures with a name are counted for; empty: there is no limit
        std::string own;      // of a device or session that is known: it decides instead; or empty
        std::optional<IpAddress> from;
        std::string address;  // as it was given
        bool of_client = false;
        Turns::Ticket turn;
        const std::string& deciding() const { return own.empty() ? account : own; }
    };

    // `name` is the account's key, or whatever was typed if that is no name; `account` is null if nobody has it.
    // Refused: too_many_attempts. An attempt that is let go of without being settled counts for nothing. A thread must
    // not begin another one of the same name before that.
    Result<Attempt> begin(std::string_view name, const store::Account* account, const Origin& origin);

    // The same for the secret of a client, which takes no time to verify: there is no look before it. `id` is empty if
    // there is no such client. Ids are no secrets (RFC 6749 §2.2), and a guess costs nothing: invented ones are held
    // against the address, and fill no table.
    Attempt begin_client(std::string_view id, ClientPlace place, std::string_view address,
                         ClientSecret secret = ClientSecret::wrong);

    // These wait for the attempts of the same name (of the same device, if it is known) that began before, as long as
    // those take to hash and be settled.

    // Counts it, on disk when this returns. Refused: too_many_attempts, if others were counted meanwhile and locked it.
    Result<> failed(Attempt attempt, std::string_view account_id);

    // Forgets what a right password makes up for: the failures of the device, and those of the account if all came from
    // this address (NIST SP 800-63B-4 §3.2.2). Refused: too_many_attempts, as failed().
    Result<> succeeded(Attempt attempt);

    // The same for a client. Whether there was nothing to forget, as far as the place is concerned from which it has
    // proved its secret before: the next failure from there records a change (Changed::client), so that whoever
    // remembers this hears of it.
    enum class Found : std::uint8_t { nothing, something };
    Result<Found> client_succeeded(Attempt attempt);

    // What a client shows the next time to be known: `shown` again if it is one for this account, or a new one. The
    // account knows it from the session on that is begun with its id.
    struct DeviceToken {
        std::string id;
        Secret token;
    };
    // The queue of log-ins will know it by `name`, which was begin()'s; empty: the account's.
    DeviceToken device_token(const store::Account& account, std::string_view shown, std::string_view name = {});
    // The id in a token that was made for this account, whether the account still knows it or not.
    std::optional<std::string> device_in(std::string_view account_id, std::string_view token);

    // Whether the token is one that we gave to a device for this name. From memory alone, so that an I/O thread may
    // ask: whether the device still counts for something is for begin() to say. False until the first log-in has
    // brought the key into memory.
    bool is_known_device(std::string_view name, std::string_view token);

    // A number that belongs to `name` here and that nobody can tell from outside: the same on every node and for ever.
    std::uint64_t draw(std::string_view name);

    // For whoever looks after the server: what is counted for a name, and starting anew. False if nothing was counted.
    struct State {
        std::int64_t failures = 0;
        std::optional<Time> locked_until;
    };
    // Changes nothing, unless the row was dated by a clock that was set back since.
    State look(std::string_view name);
    // What the store knows the name by.
    std::string subject_of(std::string_view name) { return tag("name", name); }
    // Also for devices and sessions of the name. `account_id` is whose event it is; empty: nobody's.
    bool unlock(std::string_view name, std::string_view account_id = {});

    // Once a minute: deletes what means nothing any more, and keeps the table bounded. Does one part, as a job; true if
    // there is more.
    bool look_after();

private:
    // Waits for the database the first time, and throws Unavailable if it does not answer.
    const crypto::Mac& mac();
    // A keyed digest of 128 bits, in base64url. `purpose` keeps names, clients and addresses apart.
    std::string tag(std::string_view purpose, std::string_view text);
    enum class DeviceOf : std::uint8_t { account, name };
    static std::string device_tag(const crypto::Mac& mac, DeviceOf of, std::string_view nonce, std::string_view whose);
    // The id of a device that the account knows, by its token, its name and its generation; else empty.
    std::optional<std::string> known_device(const store::Account* account, std::string_view token);
    std::string address_tag(const Attempt& attempt);
    // Whether all failures of the row came from the attempt's address.
    bool is_from(const store::Failures& failures, const Attempt& attempt);
    // `known` becomes the row as it is, for replace() to compare with; empty if there is none.
    store::Failures failures_of(std::string_view subject, Time now, std::optional<store::Failures>& known);
    store::Failures with_one_more(store::Failures failures, std::string_view address, Time now) const;
    enum class Tells : std::uint8_t { the_record, nobody };
    // Counts a failure for `subject`. Refused: too_many_attempts, if it is locked.
    Result<> charge(const std::string& subject, const Attempt& attempt, std::string_view account_id, Tells tells);
    store::EventOfFailure event_of(const Attempt& attempt, std::string_view account_id, const store::Failures& after,
                                   Time now);
    // The look before a password is hashed; it decides nothing, as only settling does.
    Result<> check(const Attempt& attempt);
    Result<> check_address(const Attempt& attempt, Time now);
    // Settles a success for `subject`. Refused: too_many_attempts, if it was locked meanwhile.
    Result<Found> pass(const std::string& subject, const Attempt& attempt);
    void forgive(const std::string& subject, const Attempt& attempt);
    Error locked(const store::Failures& failures, Time now) const;
    Error address_locked(std::chrono::seconds wait) const;

    const store::Stores& stores_;
    const Clock& clock_;
    Random& random_;
    const ThrottleRules rules_;
    const Told told_;
    AddressAllowance addresses_;
    RefusalBudget untold_;
    Turns turns_;
    std::mutex mutex_;  // of the key's making
    std::unique_ptr<const crypto::Mac> mac_;
};

}  // namespace keyhold::domain
