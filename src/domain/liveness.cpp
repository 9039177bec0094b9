#include "domain/liveness.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace keyhold::domain {

namespace {

using Found = std::shared_ptr<const LiveAccount>;

// Enough that two threads seldom want the same one.
constexpr std::size_t shards = 64;

// Looking up a string_view makes no string. Not noexcept: only then does libstdc++ keep each entry's hash, and
// walk a bucket without hashing the neighbours again (measured: a fifth less per look-up among 10,000 names).
struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

struct Liveness::Table {
    explicit Table(std::size_t capacity) : shard_capacity(std::max<std::size_t>(1, capacity / shards)) {}

    // What was remembered at this very epoch; null otherwise.
    Found find(std::string_view key, std::uint64_t epoch) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        const auto at = shard.entries.find(key);
        return at != shard.entries.end() && at->second.epoch == epoch ? at->second.account : nullptr;
    }

    // `epoch` was loaded before the store was asked.
    void remember(std::string_view key, std::uint64_t epoch, Found account) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        if (const auto at = shard.entries.find(key); at != shard.entries.end()) {
            at->second = {epoch, std::move(account)};
            return;
        }
        if (shard.entries.size() >= shard_capacity) shard.forget_one();
        shard.entries.emplace(key, Entry{epoch, std::move(account)});
    }

    void forget(std::string_view key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        if (const auto at = shard.entries.find(key); at != shard.entries.end()) shard.entries.erase(at);
    }

private:
    struct Entry {
        std::uint64_t epoch;
        Found account;
    };
    struct alignas(64) Shard {  // a cache line of its own
        // The hand goes round, so that accounts nobody asks for any more do not keep the others out.
        void forget_one() {
            do hand = (hand + 1) % entries.bucket_count();
            while (entries.begin(hand) == entries.end(hand));
            entries.erase(entries.find(entries.begin(hand)->first));
        }

        std::mutex mutex;
        std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
        std::size_t hand = 0;
    };

    // unordered_map takes the remainder of a division by a prime; the top bits are left for us.
    Shard& shard_of(std::string_view key) { return all[Hash{}(key) >> 58]; }
    static_assert(shards == 1U << (64 - 58));

    std::size_t shard_capacity;
    std::array<Shard, shards> all;
};

Liveness::Liveness(store::AccountStore& store, std::size_t capacity)
    : store_(store), by_id_(std::make_unique<Table>(capacity)), by_name_key_(std::make_unique<Table>(capacity)) {}

Liveness::~Liveness() = default;

Found Liveness::find(Table& table, Ask ask, std::string_view key) {
    // First the epoch, then the store: what is read now may be taken back while we read (store/doorbell.hpp).
    const std::uint64_t epoch = store_.epoch();
    if (Found known = table.find(key, epoch)) return known;
    const std::optional<store::Account> account = (store_.*ask)(key);  // no lock is held
    if (!account || account->disabled) {
        // Absence is not remembered: a flood of tokens for names that nobody has would fill the table.
        table.forget(key);
        return nullptr;
    }
    Found live = std::make_shared<const LiveAccount>(LiveAccount{account->id, account->username});
    table.remember(key, epoch, live);
    return live;
}

Found Liveness::find_by_id(std::string_view id) { return find(*by_id_, &store::AccountStore::find_by_id, id); }

Found Liveness::find_by_name_key(std::string_view name_key) {
    return find(*by_name_key_, &store::AccountStore::find_by_name_key, name_key);
}

}  // namespace keyhold::domain
