// SPDX-License-Identifier: Apache-2.0
#include "crypto/password_hasher.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "crypto/crypt_r.hpp"
#include "crypto/formats/argon2.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/password_formats.hpp"
#include "crypto/single_slot.hpp"

namespace keyhold::crypto {

namespace {

bool has_nul(std::string_view password) { return password.find('\0') != std::string_view::npos; }

// Log-ins that may wait for the one slot of dear hashes, each on a hashing thread: with the one that has the slot
// they are 3 of at least 5 threads.
constexpr std::size_t most_waiting = 2;

// Over this a hash is dear whatever ours cost: with all hashing threads at such hashes somebody else waits 3 s.
constexpr std::chrono::milliseconds always_dear{500};

bool is_sha_crypt(const Work& work) {
    return work.kind == Work::Kind::sha256_crypt || work.kind == Work::Kind::sha512_crypt;
}

std::string in_seconds(std::chrono::nanoseconds time) {
    const auto tenths = std::chrono::ceil<std::chrono::duration<std::int64_t, std::deci>>(time).count();
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

// The table of formats says how a stored hash is verified; what is written depends on the scheme, and is a row of its
// own here.
class TableHasher final : public PasswordHasher {
public:
    TableHasher(const PasswordSettings& settings, bcrypt::Backend& engine, Random& random, HashSpeeds& speeds)
        : settings_(settings),
          random_(random),
          speeds_(speeds),
          memory_(settings.memory_budget),
          tools_{engine, memory_} {}

    std::string hash(std::string_view password) override {
        if (has_nul(password)) throw std::invalid_argument("a password that holds a NUL cannot be hashed");
        return (this->*row().hash)(password);
    }

    bool verify(std::string_view password, std::string_view stored) override {
        const PasswordFormat* const format = find_password_format(stored);
        const auto work = work_of(stored);
        // bcrypt ends at a NUL: "secret\0anything" would open what "secret" opens.
        if (!work || has_nul(password)) {
            // Whatever is false at once takes as long as a wrong password does.
            spend(own(), password);
            return false;
        }
        return levelled(*work, password, [&] { return format->verify(password, stored, tools_); });
    }

    void verify_nothing(std::string_view password, std::uint64_t draw) override {
        spend(costs()->draw(draw).value_or(own()), password);
    }

    void expect(StoredCosts costs) override {
        auto fresh = std::make_shared<const StoredCosts>(std::move(costs));
        const std::lock_guard lock(mutex_);
        costs_ = std::move(fresh);
    }

    std::optional<Work> work_of(std::string_view stored) const override {
        const PasswordFormat* const format = find_password_format(stored);
        return format == nullptr ? std::nullopt : format->work(stored);
    }

    std::string why_refused(std::string_view stored) override {
        return crypto::why_refused(stored, speeds_, own_time());
    }

    bool needs_rehash(std::string_view stored) const override {
        const PasswordFormat* format = find_password_format(stored);
        const auto strength = format == nullptr ? std::nullopt : format->parse(stored);
        return strength && strength->is_below((this->*row().strength)());
    }

private:
    // What differs between the schemes that can be written.
    struct Row {
        std::string (TableHasher::*hash)(std::string_view password);
        Strength (TableHasher::*strength)() const;
        Work (TableHasher::*work)() const;
        void (TableHasher::*spend)(double units);  // computes so much for nothing
    };
    const Row& row() const {
        static constexpr std::array rows{
            Row{&TableHasher::hash_bcrypt, &TableHasher::bcrypt_strength, &TableHasher::bcrypt_work,
                &TableHasher::spend_bcrypt},
            Row{&TableHasher::hash_argon2id, &TableHasher::argon2id_strength, &TableHasher::argon2id_work,
                &TableHasher::spend_argon2id},
            Row{&TableHasher::hash_written, &TableHasher::written_strength, &TableHasher::written_work,
                &TableHasher::spend_written},
        };
        return rows.at(static_cast<std::size_t>(settings_.scheme));
    }

    Work own() const { return (this->*row().work)(); }
    std::chrono::nanoseconds own_time() { return speeds_.time_of(own(), 0); }

    // A copy of the pointer: expect() may replace it while a log-in draws.
    std::shared_ptr<const StoredCosts> costs() {
        const std::lock_guard lock(mutex_);
        return costs_;
    }

    void spend(const Work& work, std::string_view password) {
        const std::string text = sample_of(work);
        levelled(work, password, [&] { return find_password_format(text)->verify(password, text, tools_); });
    }

    // Runs what computes `work` and then the rest of what a hash of our own costs; instead of what would take too long,
    // that cost alone.
    template <class Compute>
    bool levelled(const Work& work, std::string_view password, Compute compute) {
        const Work ours = own();
        // The stored hash costs as much as our own, as for most log-ins: no time has to be made up for, so no speed has
        // to be known.
        if (work == ours) return compute();
        // Both by the measured speeds, for a core that does nothing else.
        const auto own_takes = own_time(), takes = speeds_.time_of(work, password.size());
        if (!is_computed(work, takes, own_takes, password.size())) {
            (this->*row().spend)(units(ours, 0));
            return false;
        }
        std::optional<SingleSlot::Hold> slot;
        if (takes > std::max(own_takes, std::min<std::chrono::nanoseconds>(4 * own_takes, always_dear)))
            slot.emplace(dear_, settings_.gone());
        const auto before = settings_.thread_time();
        const bool result = compute();
        const auto took = settings_.thread_time() - before;
        slot.reset();
        // bcrypt is computed by the engine's threads, and is counted in its own units; the rest is measured.
        const double missing = work.kind == Work::Kind::bcrypt ? static_cast<double>((own_takes - takes).count())
                                                               : static_cast<double>((own_takes - took).count());
        if (missing > 0) (this->*row().spend)(missing / speeds_.nanoseconds_per_unit(ours.kind));
        return result;
    }

    bool is_computed(const Work& work, std::chrono::nanoseconds takes, std::chrono::nanoseconds own_takes,
                     std::size_t password_size) {
        if (is_sha_crypt(work) && password_size > longest_crypt_password) return false;
        // A quarter more than an import accepts: what was accepted stays so though the measure differs from start to
        // start.
        if (takes <= std::max<std::chrono::nanoseconds>(Limits::time, own_takes) * 5 / 4) return true;
        bool is_news = false;
        {
            const std::lock_guard lock(mutex_);
            const auto now = std::chrono::steady_clock::now();
            is_news = std::exchange(warned_, true) == false || now - warned_at_ > std::chrono::minutes(1);
            if (is_news) warned_at_ = now;
        }
        if (is_news)
            settings_.warn("a stored password hash (" + std::string(find_password_format(sample_of(work))->name) +
                           ") was not computed, as it would take " + in_seconds(takes) +
                           " for a password of this length: the log-in was refused");
        return false;
    }

    std::string hash_bcrypt(std::string_view password) {
        bcrypt::Hash hash;
        hash.cost = settings_.bcrypt_cost;
        // Over 72 bytes bcrypt would cut; nothing is ever cut.
        if (password.size() > bcrypt::max_password_size) hash.prehash = bcrypt::Prehash::hmac_sha256;
        random_.fill(hash.salt);
        const Secret prepared = bcrypt::prepare(hash, password);
        hash.digest = tools_.bcrypt.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
        return bcrypt::format(hash);
    }
    Strength bcrypt_strength() const { return {Strength::Kind::bcrypt, 0, 1ULL << settings_.bcrypt_cost, false}; }

    Work bcrypt_work() const { return {Work::Kind::bcrypt, {static_cast<std::uint64_t>(settings_.bcrypt_cost)}}; }
    void spend_bcrypt(double schedules) { tools_.bcrypt.spend(static_cast<std::uint64_t>(schedules)); }

    std::string hash_argon2id(std::string_view password) {
        return formats::hash_argon2id(
            password, {settings_.argon2_memory, settings_.argon2_passes, settings_.argon2_lanes}, random_, tools_);
    }
    Strength argon2id_strength() const { return memory_strength(settings_.argon2_memory, settings_.argon2_passes); }

    Work argon2id_work() const {
        return {Work::Kind::argon2id, {settings_.argon2_memory, settings_.argon2_passes, settings_.argon2_lanes}};
    }
    void spend_argon2id(double kib) {
        // One lane of Argon2 cannot do less than 8 KiB (RFC 9106 §3.1), so smaller rests are dropped.
        const std::uint64_t all = std::max<std::uint64_t>(static_cast<std::uint64_t>(kib), 8);
        const std::uint64_t memory = std::min(all, settings_.argon2_memory), passes = all / memory;
        formats::hash_argon2id("nobody's", {memory, passes, 1}, random_, tools_);
        if (const std::uint64_t rest = all - memory * passes; rest >= 8)
            formats::hash_argon2id("nobody's", {rest, 1, 1}, random_, tools_);
    }

    // What another application reads. Over what its format looks at it is passlib's form, as over bcrypt's 72 bytes.
    std::string hash_written(std::string_view password) {
        if (password.size() > settings_.written->longest_password()) return hash_bcrypt(password);
        return settings_.written->hash(password, random_, tools_);
    }
    Strength written_strength() const { return settings_.written->strength(); }
    Work written_work() const { return settings_.written->work(); }
    void spend_written(double units) {
        const Work::Kind kind = written_work().kind;
        if (kind == Work::Kind::bcrypt) return spend_bcrypt(units);
        // One computation for all of them, as long as theirs would take: of any length, and without memory.
        const double iterations =
            units * speeds_.nanoseconds_per_unit(kind) / speeds_.nanoseconds_per_unit(Work::Kind::pbkdf2_sha256);
        const auto all = static_cast<std::uint64_t>(std::clamp(iterations, 1.0, 1e9));
        for (std::uint64_t left = all; left != 0;) {
            const auto some = std::min(left, Limits::pbkdf2_iterations);
            const std::string text = sample_of({Work::Kind::pbkdf2_sha256, {some}});
            find_password_format(text)->verify("nobody's", text, tools_);
            left -= some;
        }
    }

    const PasswordSettings settings_;
    Random& random_;
    HashSpeeds& speeds_;
    MemoryBudget memory_;
    PasswordTools tools_;
    SingleSlot dear_{most_waiting};
    std::mutex mutex_;  // of what follows
    std::shared_ptr<const StoredCosts> costs_ = std::make_shared<const StoredCosts>();
    std::chrono::steady_clock::time_point warned_at_;
    bool warned_ = false;
};

void require_known(const PasswordSettings& settings) {
    if (settings.bcrypt_cost < bcrypt::min_cost || settings.bcrypt_cost > bcrypt::max_cost)
        throw std::invalid_argument("the bcrypt cost is 4 to 16");
    if (settings.argon2_memory < 7168 || settings.argon2_memory > Limits::memory)
        throw std::invalid_argument("Argon2id takes 7168 to 131072 KiB");
    if (settings.argon2_passes == 0 || settings.argon2_passes > Limits::memory_passes / settings.argon2_memory)
        throw std::invalid_argument("Argon2id takes at least 1 pass, and at most 4 GiB in all passes together");
    if (settings.argon2_lanes == 0 || settings.argon2_lanes > Limits::lanes)
        throw std::invalid_argument("Argon2id takes 1 to 64 lanes");
    if (settings.scheme == PasswordScheme::written && !settings.written)
        throw std::invalid_argument("nobody says which hashes to write");
    if (settings.memory_budget < Limits::memory)
        throw std::invalid_argument("the memory for password hashes is at least 131072 KiB, as one hash may need that");
}

}  // namespace

std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random, HashSpeeds& speeds) {
    require_known(settings);
    return std::make_unique<TableHasher>(settings, engine, random, speeds);
}

// A usual length is taken for the password, which nobody has at hand here; at the log-in its real length counts.
std::string why_refused(std::string_view stored, HashSpeeds& speeds, std::chrono::nanoseconds least) {
    const PasswordFormat* const format = find_password_format(stored);
    if (format == nullptr) return "the password hash is of no format that Keyhold reads";
    const std::string name(format->name);
    const auto asked = format->asked(stored);
    if (!asked) return "the password hash begins as " + name + ", but is malformed";
    const auto takes = speeds.time_of(*asked, Limits::usual_password);
    if (takes <= std::max<std::chrono::nanoseconds>(Limits::time, least))
        return format->work(stored)
                   ? std::string()
                   : "the password hash (" + name + ") asks for more memory or more rounds than are computed here";
    return "the password hash (" + name + ") would take " + in_seconds(takes) +
           " of this machine for each log-in; the most is " + in_seconds(Limits::time);
}

}  // namespace keyhold::crypto
