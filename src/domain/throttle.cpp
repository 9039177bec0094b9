#include "domain/throttle.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/base64url.hpp"
#include "domain/names.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

// After a day without a failure it is as if there had been none. Whoever waits for that gets 10 guesses a day; going
// on at one in 15 minutes is worth 96.
constexpr seconds remembered{86'400};

// Rows of failed log-ins; about 10 MiB on the disk. To push somebody's row out, that many others need more failures.
constexpr std::int64_t most_subjects = 100'000;
constexpr std::int64_t purged_at_once = 500;  // a transaction that nobody has to wait for long

constexpr std::string_view device_prefix = "khd_";  // lets scanners for leaked secrets find it
constexpr std::size_t nonce_size = 16, tag_size = 16;

std::string random_text(Random& random, std::size_t size) {
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return base64url::encode(bytes);
}

Error too_many(Quota quota) { return {Errc::too_many_attempts, quota}; }

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
    if (!mac_) mac_ = std::make_unique<crypto::Mac>("SHA256", stores_.throttle->secret(random_text(random_, 32)));
    return *mac_;
}

std::string Throttle::tag(std::string_view purpose, std::string_view text) {
    const auto code = mac().compute(std::string(purpose).append("\0", 1).append(text));
    return base64url::encode({code.data(), tag_size});
}

std::uint64_t Throttle::draw(std::string_view name) {
    const auto code = mac().compute(std::string("draw").append("\0", 1).append(name));
    std::uint64_t number = 0;
    std::memcpy(&number, code.data(), sizeof number);
    return number;
}

Result<Throttle::Attempt> Throttle::begin(std::string_view name, const Origin& origin) {
    Attempt attempt;
    if (rules_.free_failures > 0) {
        attempt.account = tag("name", name);
        if (!origin.session_id.empty()) {
            attempt.own = std::string(attempt.account).append(".").append(origin.session_id);
        } else if (const auto device = device_of(name, origin.device_token)) {
            attempt.own = std::string(attempt.account).append(".").append(*device);
        }
    }
    attempt.address = origin.address;
    attempt.from = IpAddress::parse(origin.address);
    if (auto refused = check(attempt); !refused) return std::move(refused).error();
    return attempt;
}

Result<> Throttle::check(const Attempt& attempt) {
    const Time now = clock_.now();
    if (!attempt.account.empty()) {
        std::optional<store::Failures> known;
        const auto failures = failures_of(attempt.own.empty() ? attempt.account : attempt.own, now, known);
        if (failures.locked_until > now) return locked(failures, now);
    }
    if (!attempt.own.empty() || !attempt.from) return {};
    const auto wait = addresses_.wait(*attempt.from, now);
    if (wait > seconds(0)) return address_locked(wait);
    return {};
}

Result<> Throttle::failed(const Attempt& attempt, std::string_view account_id) {
    if (attempt.own.empty() && attempt.from) {
        const Time now = clock_.now();
        const auto took = addresses_.take(*attempt.from, now);
        if (took == AddressAllowance::Took::nothing) return address_locked(addresses_.wait(*attempt.from, now));
        if (took == AddressAllowance::Took::last_token)
            told_({.account_id = {},
                   .address = attempt.address,
                   .failures = addresses_.burst(),
                   .lasts = addresses_.wait(*attempt.from, now),
                   .of_address = true});
    }
    if (attempt.account.empty()) return {};
    auto counted = charge(attempt.own.empty() ? attempt.account : attempt.own, attempt, account_id);
    // The account's counter sees them all; that it is locked already does not keep back who is known.
    if (counted && !attempt.own.empty()) (void)charge(attempt.account, attempt, account_id);
    return counted;
}

// What counts of a subject today, and the row as it is.
store::Failures Throttle::failures_of(std::string_view subject, Time now, std::optional<store::Failures>& known) {
    known = stores_.throttle->find(subject);
    return known && known->forgotten_at > now ? *known : store::Failures{};
}

store::Failures Throttle::with_one_more(store::Failures failures, std::string_view address, Time now) const {
    if (failures.count == 0)
        failures.address = address;
    else if (failures.address != address)
        failures.address.clear();
    ++failures.count;
    failures.locked_until = {};
    if (const auto over = failures.count - rules_.free_failures; over >= 0)
        failures.locked_until =
            now +
            std::min(rules_.first_lock * (std::int64_t{1} << std::min<std::int64_t>(over, 20)), rules_.longest_lock);
    failures.forgotten_at = now + remembered;
    return failures;
}

Result<> Throttle::charge(const std::string& subject, const Attempt& attempt, std::string_view account_id) {
    const std::string address = attempt.from ? tag("address", attempt.from->network().bytes()) : "nowhere";
    // Again only when another failure was counted first; each of those brings the lock nearer.
    for (;;) {
        const Time now = clock_.now();
        std::optional<store::Failures> known;
        const auto before = failures_of(subject, now, known);
        if (before.locked_until > now) return locked(before, now);
        const auto after = with_one_more(before, address, now);
        if (!stores_.throttle->replace(subject, known, after)) continue;
        if (after.locked_until > now) told_({account_id, attempt.address, after.count, after.locked_until - now});
        return {};
    }
}

Result<> Throttle::succeeded(const Attempt& attempt) {
    if (auto refused = check(attempt); !refused) return refused;
    if (attempt.account.empty()) return {};
    if (!attempt.own.empty()) forgive(attempt.own, attempt);
    forgive(attempt.account, attempt);
    return {};
}

// Nothing is written unless there was a failure. A device's success does not lift the lock that strangers are under.
void Throttle::forgive(const std::string& subject, const Attempt& attempt) {
    const auto known = stores_.throttle->find(subject);
    if (!known) return;
    const bool is_own = subject == attempt.own;
    if (!is_own && known->locked_until > clock_.now()) return;
    if (is_own || (attempt.from && known->address == tag("address", attempt.from->network().bytes())))
        stores_.throttle->replace(subject, known, std::nullopt);  // if more was counted meanwhile, that stays
}

Error Throttle::locked(const store::Failures& failures, Time now) const {
    return too_many({"account", rules_.free_failures, remembered, failures.locked_until - now});
}

Error Throttle::address_locked(seconds wait) const {
    return too_many({"address", addresses_.burst(), addresses_.window(), std::max(wait, seconds(1))});
}

// khd_ nonce tag: the nonce names the device's row, the tag binds it to the name.
std::optional<std::string> Throttle::device_of(std::string_view name, std::string_view token) {
    if (!token.starts_with(device_prefix)) return std::nullopt;
    const auto bytes = base64url::decode(token.substr(device_prefix.size()));
    if (!bytes || bytes->size() != nonce_size + tag_size) return std::nullopt;
    const std::string nonce = bytes->substr(0, nonce_size);
    const auto code = mac().compute(std::string("device\0", 7).append(nonce).append(name));
    unsigned char differs = 0;  // the same time wherever they differ
    for (std::size_t i = 0; i < tag_size; ++i)
        differs = static_cast<unsigned char>(differs | (code[i] ^ (*bytes)[nonce_size + i]));
    if (differs != 0) return std::nullopt;
    return base64url::encode(nonce);
}

Secret Throttle::device_token(std::string_view name, std::string_view shown) {
    if (device_of(name, shown)) return Secret(shown);
    std::string bytes(nonce_size, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    const auto code = mac().compute(std::string("device\0", 7).append(bytes).append(name));
    bytes.append(code.data(), tag_size);
    return Secret(std::string(device_prefix) + base64url::encode(bytes));
}

Throttle::State Throttle::look(std::string_view name) {
    const Time now = clock_.now();
    std::optional<store::Failures> known;
    const auto failures = failures_of(tag("name", name), now, known);
    State state{.failures = failures.count, .locked_until = {}};
    if (failures.locked_until > now) state.locked_until = failures.locked_until;
    return state;
}

bool Throttle::unlock(std::string_view name) { return stores_.throttle->forget(tag("name", name)) > 0; }

void Throttle::look_after() {
    while (stores_.throttle->purge(clock_.now(), most_subjects, purged_at_once) == purged_at_once) {
    }
}

}  // namespace keyhold::domain
