// A bounded table in memory in front of a database, for many readers. Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/id.hpp"

namespace keyhold::domain {

// Looking up a string_view makes no string. An id's last bytes are random and ours: they are the hash.
struct RememberedHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    std::size_t operator()(const Id& id) const {
        std::size_t hash = 0;
        std::memcpy(&hash, id.data() + id.size() - sizeof hash, sizeof hash);
        return hash;
    }
};

struct RememberedCounters {
    std::uint64_t entries = 0;
    std::uint64_t hits = 0;  // since the start
    std::uint64_t misses = 0;
};

template <class Key, class Value>
class Remembered {
public:
    // About so many entries are kept; a full shard forgets an arbitrary one.
    explicit Remembered(std::size_t capacity) : shard_capacity_(std::max<std::size_t>(1, capacity / shards)) {}

    template <class K>
    std::optional<Value> find(const K& key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        const auto at = shard.entries.find(key);
        if (at == shard.entries.end()) return std::nullopt;
        ++shard.hits;
        return at->second;
    }

    // To be called by whoever goes on to ask the database.
    template <class K>
    void count_miss(const K& key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        ++shard.misses;
    }

    RememberedCounters counters() const {
        RememberedCounters sum;
        for (Shard& shard : *all_) {
            const std::lock_guard lock(shard.mutex);
            sum.entries += shard.entries.size();
            sum.hits += shard.hits;
            sum.misses += shard.misses;
        }
        return sum;
    }

    // What a reader takes before it asks the database, and gives with what it learned there.
    std::uint64_t moment() const { return moment_.load(); }

    // Only if nothing was forgotten since `moment`: it might be what was asked for.
    template <class K>
    void remember(const K& key, Value value, std::uint64_t moment) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        if (moment_.load() != moment) return;
        if (const auto at = shard.entries.find(key); at != shard.entries.end()) {
            at->second = std::move(value);
            return;
        }
        if (shard.entries.size() >= shard_capacity_) shard.forget_one();
        shard.entries.emplace(key, std::move(value));
    }

    template <class K>
    void forget(const K& key) {
        ++moment_;  // before the entry goes: who has read the database earlier comes too late
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        if (const auto at = shard.entries.find(key); at != shard.entries.end()) shard.entries.erase(at);
    }

    template <class Pick>
    void forget_if(Pick pick) {
        ++moment_;
        for (Shard& shard : *all_) {
            const std::lock_guard lock(shard.mutex);
            std::erase_if(shard.entries, [&](const auto& entry) { return pick(entry.second); });
        }
    }

private:
    // Enough that two threads seldom want the same one.
    static constexpr std::size_t shards = 64;

    struct alignas(64) Shard {  // a cache line of its own
        // The hand goes round, so that what nobody asks for any more does not keep the others out.
        void forget_one() {
            do hand = (hand + 1) % entries.bucket_count();
            while (entries.begin(hand) == entries.end(hand));
            entries.erase(entries.find(entries.begin(hand)->first));
        }
        std::mutex mutex;
        std::unordered_map<Key, Value, RememberedHash, std::equal_to<>> entries;
        std::size_t hand = 0;
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
    };

    // unordered_map takes the remainder of a division by a prime; the top bits are left for us.
    template <class K>
    Shard& shard_of(const K& key) {
        return (*all_)[RememberedHash{}(key) >> 58U];
    }
    static_assert(shards == 1U << (64 - 58));

    const std::size_t shard_capacity_;
    std::atomic<std::uint64_t> moment_ = 0;
    std::unique_ptr<std::array<Shard, shards>> all_ = std::make_unique<std::array<Shard, shards>>();
};

}  // namespace keyhold::domain
