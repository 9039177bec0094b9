// SPDX-License-Identifier: Apache-2.0
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
#include <type_traits>
#include <utility>
#include <vector>

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

// An entry by its key. Another kind of entry has the same functions.
template <class Key, class Value>
struct KeyAndValue {
    Key name{};
    Value content{};

    const Key& key() const { return name; }
    const Value& value() const { return content; }
    bool may_go() const { return true; }  // when its position is needed
};

// Entries lie side by side (open addressing, linear probing: Knuth, volume 3, section 6.4, algorithms L and R), so that
// an entry costs its own bytes, one more, and a quarter of that for the gaps.
template <class Entry>
class RememberedEntries {
public:
    using Value = std::remove_cvref_t<decltype(std::declval<Entry>().value())>;

    // `capacity` in entries, divided among the shards.
    // About so many entries are kept; a full shard forgets an arbitrary one.
    explicit RememberedEntries(std::size_t capacity) : shard_capacity_(std::max<std::size_t>(1, capacity / shards)) {}

    template <class K>
    // A copy of the value, made under the shard's lock: nothing that is returned refers into the table.
    std::optional<Value> find(const K& key) {
        const Position position(key);
        Shard& shard = shard_of(position);
        const std::lock_guard lock(shard.mutex);
        const std::size_t at = shard.find(position, key);
        if (at == nowhere) return std::nullopt;
        ++shard.hits;
        return shard.entries[at].value();
    }

    // To be called by whoever goes on to ask the database.
    template <class K>
    void count_miss(const K& key) {
        Shard& shard = shard_of(Position(key));
        const std::lock_guard lock(shard.mutex);
        ++shard.misses;
    }

    RememberedCounters counters() const {
        RememberedCounters sum;
        for (Shard& shard : *all_) {
            const std::lock_guard lock(shard.mutex);
            sum.entries += shard.size;
            sum.hits += shard.hits;
            sum.misses += shard.misses;
        }
        return sum;
    }

    // What a reader takes before it asks the database, and gives with what it learned there.
    std::uint64_t moment() const { return moment_.load(); }

    // Only if nothing was forgotten since `moment`: it might be what was asked for. Takes the position of an entry of
    // the same key.
    void remember(Entry entry, std::uint64_t moment) {
        put(std::move(entry), moment, [](Entry& known, Entry& fresh) { known = std::move(fresh); });
    }
    // The same, but an entry that is there stays. The one that is there afterwards; empty if it is too late.
    std::optional<Value> remember_first(Entry entry, std::uint64_t moment) {
        return put(std::move(entry), moment, [](Entry&, Entry&) {});
    }

    template <class K>
    void forget(const K& key) {
        forget(key, [](const Entry&) {});
    }
    // `last` sees the entry before it goes.
    template <class K, class Last>
    void forget(const K& key, Last last) {
        ++moment_;  // before the entry goes: who has read the database earlier comes too late
        const Position position(key);
        Shard& shard = shard_of(position);
        const std::lock_guard lock(shard.mutex);
        const std::size_t at = shard.find(position, key);
        if (at == nowhere) return;
        last(shard.entries[at]);
        shard.erase(at);
    }

    // All for which `pick` is true.
    template <class Pick>
    void forget_if(Pick pick) {
        ++moment_;
        for (Shard& shard : *all_) {
            const std::lock_guard lock(shard.mutex);
            for (std::size_t at = 0; at < shard.marks.size(); ++at)
                while (shard.marks[at] != 0 && pick(shard.entries[at])) shard.erase(at);
        }
    }

private:
    // Enough that two threads seldom want the same one.
    static constexpr std::size_t shards = 64;
    static constexpr std::size_t nowhere = SIZE_MAX;

    // Where a key belongs: the top bits of its hash say the shard. Some bits of an id are fixed (RFC 9562 §4.1), so all
    // of them are mixed for the rest (Fibonacci hashing, Knuth, volume 3, section 6.4).
    struct Position {
        template <class K>
        explicit Position(const K& key) {
            const std::uint64_t hash = RememberedHash{}(key);
            const std::uint64_t mixed = hash * 0x9E3779B97F4A7C15U;
            shard = hash >> 58U;
            slot = mixed >> 24U;
            mark = static_cast<std::uint8_t>(0x80U | (mixed >> 8U & 0x7fU));
        }
        std::size_t shard, slot;
        std::uint8_t mark;  // tells most other keys apart without looking at them; never 0, which is an empty slot
    };
    static_assert(shards == 1U << (64 - 58));

    struct alignas(64) Shard {  // a cache line of its own
        template <class K>
        std::size_t find(const Position& position, const K& key) const {
            if (marks.empty()) return nowhere;
            for (std::size_t at = position.slot % marks.size(); marks[at] != 0; at = behind(at))
                if (marks[at] == position.mark && entries[at].key() == key) return at;
            return nowhere;
        }
        // There is room, and no entry of this key.
        void insert(const Position& position, Entry entry) {
            std::size_t at = position.slot % marks.size();
            while (marks[at] != 0) at = behind(at);
            marks[at] = position.mark;
            entries[at] = std::move(entry);
            ++size;
        }
        // Those behind it come closer, so that no search ends at the gap before it should.
        void erase(std::size_t gap) {
            for (std::size_t at = behind(gap); marks[at] != 0; at = behind(at)) {
                const std::size_t home = Position(entries[at].key()).slot % marks.size();
                // Whether the entry's home lies cyclically in (gap, at]: then it may not move to the gap, in front of
                // its home.
                const bool is_at_home = gap < at ? gap < home && home <= at : gap < home || home <= at;
                if (is_at_home) continue;
                entries[gap] = std::move(entries[at]);
                marks[gap] = marks[at];
                gap = at;
            }
            entries[gap] = Entry{};
            marks[gap] = 0;
            --size;
        }
        // An arbitrary one, drawn anew each time (a linear congruential generator: Knuth, volume 2, section 3.3.4): a
        // hand that went round would leave all gaps behind it and none before, where searches would take long. Nothing
        // goes if all that it comes by are needed.
        void forget_one() {
            constexpr int looks = 64;
            draw = draw * 6364136223846793005U + 1442695040888963407U;
            std::size_t at = (draw >> 32U) % marks.size();
            for (int look = 0; look < looks; at = behind(at)) {
                if (marks[at] == 0) continue;
                if (entries[at].may_go()) return erase(at);
                ++look;
            }
        }
        // Room for one more, and for no more than `capacity` in the end.
        void make_room(std::size_t capacity) {
            if (size >= capacity) forget_one();
            // Never fuller than four fifths, so that searches stay short.
            if ((size + 1) * 5 <= marks.size() * 4) return;
            // Grows to twice as much, but not beyond what `capacity` needs, or an eighth more where no entry may go.
            const std::size_t fitting = std::max(capacity, size + size / 8 + 1) * 5 / 4 + 2;
            std::vector<Entry> old_entries(std::min(std::max<std::size_t>(16, marks.size() * 2), fitting));
            std::vector<std::uint8_t> old_marks(old_entries.size());
            entries.swap(old_entries);
            marks.swap(old_marks);
            size = 0;
            for (std::size_t at = 0; at < old_marks.size(); ++at) {
                if (old_marks[at] == 0) continue;
                const Position position(old_entries[at].key());
                insert(position, std::move(old_entries[at]));
            }
        }
        std::size_t behind(std::size_t at) const { return at + 1 == marks.size() ? 0 : at + 1; }

        std::mutex mutex;
        std::vector<Entry> entries;
        std::vector<std::uint8_t> marks;  // one of each slot of `entries`: Position::mark, or 0 for an empty one
        std::size_t size = 0;
        std::uint64_t draw = 1;
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
    };

    Shard& shard_of(const Position& position) { return (*all_)[position.shard]; }

    template <class Meet>
    // `meet(known, fresh)` decides where the key is there already. Empty if something was forgotten since `moment`.
    std::optional<Value> put(Entry entry, std::uint64_t moment, Meet meet) {
        const Position position(entry.key());
        Shard& shard = shard_of(position);
        const std::lock_guard lock(shard.mutex);
        // Under the shard's lock: forget() counts first and takes this lock then, so either this sees the count or
        // that finds the entry.
        if (moment_.load() != moment) return std::nullopt;
        if (const std::size_t at = shard.find(position, entry.key()); at != nowhere) {
            meet(shard.entries[at], entry);
            return shard.entries[at].value();
        }
        Value value = entry.value();
        shard.make_room(shard_capacity_);
        shard.insert(position, std::move(entry));
        return value;
    }

    const std::size_t shard_capacity_;
    std::atomic<std::uint64_t> moment_ = 0;
    // On the heap: the shards take 8 KiB, and counters() const has to lock them.
    std::unique_ptr<std::array<Shard, shards>> all_ = std::make_unique<std::array<Shard, shards>>();
};

template <class Key, class Value>
using Remembered = RememberedEntries<KeyAndValue<Key, Value>>;

}  // namespace keyhold::domain
