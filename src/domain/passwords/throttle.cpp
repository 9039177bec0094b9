// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/throttle.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/base64url.hpp"
#include "crypto/equal.hpp"
#include "domain/accounts/names.hpp"
#include "domain/errors.hpp"
#include "store/events/event_store.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

// After a day without a failure it is as if there had been none. Whoever waits for that gets 10 guesses a day; going
// on at one in 15 minutes is worth 96.
constexpr seconds remembered{86'400};

// What the clocks of nodes may differ by; also what a token's `iat` may be ahead (tokens.cpp).
constexpr seconds clocks_differ_by{60};

// Rows of failed log-ins; about 10 MiB on the disk. To push somebody's row out, that many others need more failures.
constexpr std::int64_t most_subjects = 100'000;
constexpr std::int64_t purged_at_once = 500;  // a transaction that nobody has to wait for long

constexpr std::size_t nonce_size = 16, tag_size = 16;

std::string random_text(Random& random, std::size_t size) {
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return base64url::encode(bytes);
}

// khd_ nonce tag name_tag: the nonce is the device's id, the tag binds it to the account (names are used again, ids are
// not). The other one binds it to the name, so that the queue of log-ins can tell a device from a stranger without the
// database.
struct DeviceParts {
    std::string nonce;
    std::string tag;
    std::string name_tag;
};
std::optional<DeviceParts> parse_device(std::string_view token) {
    if (!token.starts_with(device_prefix)) return std::nullopt;
    const auto bytes = base64url::decode(token.substr(device_prefix.size()));
    if (!bytes || bytes->size() != nonce_size + 2 * tag_size) return std::nullopt;
    return DeviceParts{bytes->substr(0, nonce_size), bytes->substr(nonce_size, tag_size),
                       bytes->substr(nonce_size + tag_size)};
}

Error too_many(Quota quota) { return {errors::too_many_attempts, quota}; }

}  // namespace

Throttle::Throttle(const store::Stores& stores, const Clock& clock, Random& random, ThrottleRules rules, Told told)
    : stores_(stores),
      clock_(clock),
      random_(random),
      rules_(rules),
      told_(std::move(told)),
      addresses_(rules.address_failures, rules.address_per_minute) {}

// The key belongs to the database, so that every process knows the same subjects and devices.
const crypto::Mac& Throttle::mac() {
    const std::lock_guard lock(mutex_);
    // The store keeps the first text that any process brings, and gives everybody that one.
    if (!mac_) mac_ = std::make_unique<crypto::Mac>("SHA256", stores_.throttle->secret(random_text(random_, 32)));
    return *mac_;
}

std::string Throttle::tag(std::string_view purpose, std::string_view text) {
    // The zero byte ends the purpose, so that no purpose and text can be mistaken for another pair.
    const auto code = mac().compute(std::string(purpose).append("\0", 1).append(text));
    return base64url::encode({code.data(), tag_size});
}

std::uint64_t Throttle::draw(std::string_view name) {
    const auto code = mac().compute(std::string("draw").append("\0", 1).append(name));
    std::uint64_t number = 0;
    std::memcpy(&number, code.data(), sizeof number);
    return number;
}

Result<Throttle::Attempt> Throttle::begin(std::string_view name, const store::Account* account, const Origin& origin) {
    Attempt attempt;
    if (rules_.free_failures > 0) {
        attempt.account = subject_of(name);
        if (!origin.session_id.empty()) {
            // A session or a known device has a count of its own: strangers who lock the account do not lock out its
            // owner.
            attempt.own = std::string(attempt.account).append(".").append(origin.session_id);
        } else if (const auto device = known_device(account, origin.device_token)) {
            attempt.own = std::string(attempt.account).append(".").append(*device);
        }
    }
    attempt.address = origin.address;
    attempt.from = IpAddress::parse(origin.address);
    if (auto refused = check(attempt); !refused) {
        // A refusal before the hash has no event of its own; the summing row of look_after() counts it.
        untold_.add();
        return std::move(refused).error();
    }
    // After check(), so that nobody queues who is refused anyway.
    if (!attempt.account.empty()) attempt.turn = turns_.take(attempt.deciding());
    return attempt;
}

Throttle::Attempt Throttle::begin_client(std::string_view id, ClientPlace place, std::string_view address,
                                         ClientSecret secret) {
    Attempt attempt;
    attempt.of_client = true;
    attempt.address = address;
    attempt.from = IpAddress::parse(address);
    if (rules_.free_failures == 0 || id.empty()) return attempt;
    attempt.account = tag("client", id);
    if (place == ClientPlace::known)
        attempt.own = std::string(attempt.account).append(".").append(address_tag(attempt));
    // A client that sends many requests at once with the right secret would otherwise wait for each of them in turn.
    attempt.turn = secret == ClientSecret::right ? turns_.take_if_others_wait(attempt.deciding())
                                                 : turns_.take(attempt.deciding());
    return attempt;
}

std::string Throttle::address_tag(const Attempt& attempt) {
    return attempt.from ? tag("address", attempt.from->network().bytes()) : "nowhere";
}

Result<> Throttle::check(const Attempt& attempt) {
    const Time now = clock_.now();
    if (!attempt.account.empty()) {
        std::optional<store::Failures> known;
        const auto failures = failures_of(attempt.deciding(), now, known);
        if (failures.locked_until > now) return locked(failures, now);
    }
    return check_address(attempt, now);
}

Result<> Throttle::check_address(const Attempt& attempt, Time now) {
    // A known device is not held against its address, which a whole company may share.
    if (!attempt.own.empty() || !attempt.from) return {};
    const auto wait = addresses_.wait(*attempt.from, now);
    if (wait > seconds(0)) return address_locked(wait);
    return {};
}

Result<> Throttle::failed(Attempt attempt, std::string_view account_id) {
    attempt.turn.wait();
    if (attempt.own.empty() && attempt.from) {
        const Time now = clock_.now();
        const auto took = addresses_.take(*attempt.from, now);
        if (took == AddressAllowance::Took::nothing) {
            untold_.add();
            return address_locked(addresses_.wait(*attempt.from, now));
        }
        if (took == AddressAllowance::Took::last_token)
            told_({.account_id = {},
                   .address = attempt.address,
                   .failures = addresses_.burst(),
                   .lasts = addresses_.wait(*attempt.from, now),
                   .of_address = true});
    }
    if (attempt.account.empty()) return {};
    auto counted = charge(attempt.deciding(), attempt, account_id, Tells::the_record);
    // The account's counter sees them all; that it is locked already does not keep back who is known.
    if (counted && !attempt.own.empty()) (void)charge(attempt.account, attempt, account_id, Tells::nobody);
    return counted;
}

// What counts of a subject today, and the row as it is. No rule locks for longer than the longest lock from now on: a
// row that says so was written by a clock that was set back since. It is written anew where that is more than what the
// clocks of nodes may differ by, so that the lock ends as it would have.
store::Failures Throttle::failures_of(std::string_view subject, Time now, std::optional<store::Failures>& known) {
    for (known = stores_.throttle->find(subject); known; known = stores_.throttle->find(subject)) {
        store::Failures capped = *known;
        capped.locked_until = std::min(known->locked_until, now + rules_.longest_lock);
        capped.forgotten_at = std::min(known->forgotten_at, now + remembered);
        const bool is_absurd = known->locked_until - capped.locked_until > clocks_differ_by ||
                               known->forgotten_at - capped.forgotten_at > clocks_differ_by;
        if (!is_absurd || stores_.throttle->replace(subject, known, capped)) {
            if (is_absurd) known = capped;
            return capped.forgotten_at > now ? capped : store::Failures{};
        }
    }
    return {};
}

store::Failures Throttle::with_one_more(store::Failures failures, std::string_view address, Time now) const {
    if (failures.count == 0)
        failures.address = address;
    else if (failures.address != address)
        failures.address.clear();
    ++failures.count;
    ++failures.settled;
    failures.locked_until = {};
    if (const auto over = failures.count - rules_.free_failures; over >= 0)
        failures.locked_until =
            now +
            // At most 2^20 times the first lock, so that the product does not overflow; the longest lock bounds it
            // anyway.
            std::min(rules_.first_lock * (std::int64_t{1} << std::min<std::int64_t>(over, 20)), rules_.longest_lock);
    failures.forgotten_at = now + remembered;
    return failures;
}

// Names that nobody has get rows as others do: a failure costs the same whoever is meant.
store::EventOfFailure Throttle::event_of(const Attempt& attempt, std::string_view account_id,
                                         const store::Failures& after, Time now) {
    if (!untold_.take(now)) return {};
    const bool locks = after.locked_until > now;
    store::EventDetails details{.times = locks ? after.count : 1};
    (attempt.of_client ? details.object : details.account) = account_id;
    return {locks ? &store::event_kind("locked") : &store::event_kind("refused"), details};
}

Result<> Throttle::charge(const std::string& subject, const Attempt& attempt, std::string_view account_id,
                          Tells tells) {
    const std::string address = address_tag(attempt);
    // One event for the attempt, however often the row has to be read again.
    std::optional<store::EventOfFailure> told;
    // Again only when another attempt was settled first. A failure brings the lock nearer, and of successes each other
    // node settles one at a time.
    for (;;) {
        const Time now = clock_.now();
        std::optional<store::Failures> known;
        const auto before = failures_of(subject, now, known);
        // Not counted: a lock that has begun is not made longer by attempts that nobody looks at.
        if (before.locked_until > now) return locked(before, now);
        const auto after = with_one_more(before, address, now);
        if (tells == Tells::the_record && (!told || after.locked_until > now))
            told = event_of(attempt, account_id, after, now);
        // Where a client is known its successes are remembered (client_authentication.hpp), until the first failure.
        const auto heard = attempt.of_client && subject == attempt.own ? store::FirstFailure::is_a_change
                                                                       : store::FirstFailure::is_nobodys;
        if (!stores_.throttle->replace(subject, known, after, told.value_or(store::EventOfFailure{}), heard)) continue;
        if (after.locked_until > now)
            told_({.account_id = account_id,
                   .address = attempt.address,
                   .failures = after.count,
                   .lasts = after.locked_until - now,
                   .of_client = attempt.of_client});
        return {};
    }
}

Result<> Throttle::succeeded(Attempt attempt) {
    attempt.turn.wait();
    if (auto refused = check_address(attempt, clock_.now()); !refused) return refused;
    if (attempt.account.empty()) return {};
    if (auto passed = pass(attempt.deciding(), attempt); !passed) return std::move(passed).error();
    if (!attempt.own.empty() && !attempt.of_client) forgive(attempt.account, attempt);
    return {};
}

Result<Throttle::Found> Throttle::client_succeeded(Attempt attempt) {
    attempt.turn.wait();
    if (auto refused = check_address(attempt, clock_.now()); !refused) return std::move(refused).error();
    if (attempt.account.empty()) return Found::something;  // nobody looks
    auto passed = pass(attempt.deciding(), attempt);
    // A place that is new has looked at the client's own count, of which no change is recorded.
    if (passed && attempt.own.empty()) return Found::something;
    return passed;
}

// The counterpart of charge(), and as many steps: between reading the row and writing it nobody on another node may
// have counted. Where no row is, nothing is written. Then no failure with this subject was settled anywhere: at most
// one of each other node is on its way to the disk, and to be before those gives nobody more guesses than the free
// ones.
Result<Throttle::Found> Throttle::pass(const std::string& subject, const Attempt& attempt) {
    for (;;) {
        const Time now = clock_.now();
        std::optional<store::Failures> known;
        const auto before = failures_of(subject, now, known);
        if (before.locked_until > now) return locked(before, now);
        if (!known) return Found::nothing;
        auto after = std::optional(*known);
        ++after->settled;
        // Failures from elsewhere stay counted: a guesser cannot start anew by waiting for the owner's log-in.
        if (before.count == 0 || subject == attempt.own || is_from(before, attempt)) after.reset();
        if (stores_.throttle->replace(subject, known, after)) return Found::something;
    }
}

// A device's success does not lift the lock that strangers are under.
void Throttle::forgive(const std::string& subject, const Attempt& attempt) {
    std::optional<store::Failures> known;
    (void)failures_of(subject, clock_.now(), known);
    if (known && known->locked_until <= clock_.now() && is_from(*known, attempt))
        stores_.throttle->replace(subject, known, std::nullopt);  // if more was counted meanwhile, that stays
}

bool Throttle::is_from(const store::Failures& failures, const Attempt& attempt) {
    return attempt.from && failures.address == address_tag(attempt);
}

Error Throttle::locked(const store::Failures& failures, Time now) const {
    return too_many({"account", rules_.free_failures, remembered, failures.locked_until - now});
}

Error Throttle::address_locked(seconds wait) const {
    return too_many({"address", addresses_.burst(), addresses_.window(), std::max(wait, seconds(1))});
}

std::string Throttle::device_tag(const crypto::Mac& mac, DeviceOf of, std::string_view nonce, std::string_view whose) {
    std::string text(of == DeviceOf::account ? "account's device" : "device for a name");
    const auto code = mac.compute(text.append(1, '\0').append(nonce).append(whose));
    return {code.data(), tag_size};
}

std::optional<std::string> Throttle::device_in(std::string_view account_id, std::string_view token) {
    const auto device = parse_device(token);
    if (!device || !crypto::equal(device->tag, device_tag(mac(), DeviceOf::account, device->nonce, account_id)))
        return std::nullopt;
    return base64url::encode(device->nonce);
}

std::optional<std::string> Throttle::known_device(const store::Account* account, std::string_view token) {
    const auto device = account != nullptr ? parse_device(token) : std::nullopt;
    if (!device) return std::nullopt;
    const auto is_for = [&](std::string_view name) {
        return crypto::equal(device->name_tag, device_tag(mac(), DeviceOf::name, device->nonce, name));
    };
    // The token has to be for the name or the address of the account, so that a token of one name does not help with
    // another.
    if (!is_for(account->name_key) && !is_for(account->email_key.value_or(account->name_key))) return std::nullopt;
    // And for the account itself, as the name may be somebody else's by now.
    auto id = device_in(account->id, token);
    // The row is of a password: a new one makes all devices strangers but the one that changed it.
    if (!id || !stores_.throttle->knows({*id, account->id, account->generation})) return std::nullopt;
    return id;
}

bool Throttle::is_known_device(std::string_view name, std::string_view token) {
    const auto device = parse_device(token);
    if (!device) return false;
    const crypto::Mac* key = nullptr;
    // The thread that fetches the key from the database holds the lock meanwhile, so we do not wait for it. The key is
    // never replaced.
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) key = mac_.get();
    return key != nullptr && crypto::equal(device->name_tag, device_tag(*key, DeviceOf::name, device->nonce, name));
}

Throttle::DeviceToken Throttle::device_token(const store::Account& account, std::string_view shown,
                                             std::string_view name) {
    if (auto id = device_in(account.id, shown)) return {*std::move(id), Secret(shown)};
    std::string nonce(nonce_size, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(nonce.data()), nonce.size()});
    if (name.empty()) name = account.name_key;
    const std::string bytes = nonce + device_tag(mac(), DeviceOf::account, nonce, account.id) +
                              device_tag(mac(), DeviceOf::name, nonce, name);
    return {base64url::encode(nonce), Secret(std::string(device_prefix) + base64url::encode(bytes))};
}

Throttle::State Throttle::look(std::string_view name) {
    const Time now = clock_.now();
    std::optional<store::Failures> known;
    const auto failures = failures_of(subject_of(name), now, known);
    State state{.failures = failures.count, .locked_until = {}};
    if (failures.locked_until > now) state.locked_until = failures.locked_until;
    return state;
}

bool Throttle::unlock(std::string_view name, std::string_view account_id) {
    return stores_.throttle->forget(subject_of(name), account_id) > 0;
}

bool Throttle::look_after() {
    if (const std::int64_t refused = untold_.drain(); refused > 0) try {
            store::EventStore(stores_.database).add(store::event_kind("more_refused"), {.times = refused});
        } catch (const Unavailable&) {
            untold_.add(refused);  // the next time, then
            throw;
        }
    return stores_.throttle->purge(clock_.now(), most_subjects, purged_at_once) == purged_at_once;
}

}  // namespace keyhold::domain
