// SPDX-License-Identifier: Apache-2.0
// Tokens that were verified before, found again by their text: a look-up costs no signature, and threads share nothing.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace keyhold::guard {

// A hash that nobody can aim at without the seed: 16 bytes at a time, multiplied to 128 bits and folded (as wyhash).
// A text is compared as a whole afterwards; the seed keeps strangers from choosing which one theirs is compared with,
// so that no clock tells them how far they guessed one.
class TextHash {
public:
    explicit TextHash(std::array<std::uint64_t, 2> seed) : seed_(seed) {}

    std::uint64_t operator()(std::string_view text) const {
        std::uint64_t hash = seed_[0] ^ text.size();
        while (text.size() > 16) {
            hash = folded(word(text, 0) ^ seed_[1], word(text, 8) ^ hash);
            text.remove_prefix(16);
        }
        std::array<char, 16> last{};
        // The rest, padded with zeros; the length went into the start value, so that padding makes no two texts
        // alike.
        std::memcpy(last.data(), text.data(), text.size());
        const std::string_view rest(last.data(), last.size());
        return folded(folded(word(rest, 0) ^ seed_[1], word(rest, 8) ^ hash), seed_[0] ^ 0x9e3779b97f4a7c15U);
    }

private:
    static std::uint64_t word(std::string_view text, std::size_t at) {
        std::uint64_t read;
        std::memcpy(&read, text.data() + at, sizeof read);
        return read;
    }
    static std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
    std::array<std::uint64_t, 2> seed_;
};

// Each thread has a stripe of its own, unless there are more threads than stripes: then some share one, and its lock. A
// newer entry takes the place of an older one. An Entry has `std::uint64_t hash` and `std::string text`.
template <class Entry>
// Any thread.
class TokenMemory {
public:
    explicit TokenMemory(std::size_t entries_per_thread)
        // A power of two, so that the place is a mask of the hash.
        : size_(entries_per_thread == 0 ? 0 : std::bit_ceil(entries_per_thread)) {}

    // Null if it is not there.
    std::shared_ptr<const Entry> find(std::uint64_t hash, std::string_view text) const {
        if (size_ == 0) return nullptr;
        const Stripe& stripe = stripes_[stripe_of_thread()];
        const std::lock_guard lock(stripe.mutex);
        if (stripe.entries.empty()) return nullptr;
        const auto& entry = stripe.entries[hash & (size_ - 1)];
        return entry && entry->hash == hash && entry->text == text ? entry : nullptr;
    }

    void add(std::shared_ptr<const Entry> entry) {
        if (size_ == 0) return;
        Stripe& stripe = stripes_[stripe_of_thread()];
        const std::lock_guard lock(stripe.mutex);
        // Only threads that check tokens take memory.
        if (stripe.entries.empty()) stripe.entries.resize(size_);
        stripe.entries[entry->hash & (size_ - 1)].swap(entry);
    }  // the older one goes after the lock

private:
    static constexpr std::size_t stripes = 64;
    struct alignas(64) Stripe {  // a cache line of its own
        mutable std::mutex mutex;
        std::vector<std::shared_ptr<const Entry>> entries;  // under mutex
    };
    // Threads are numbered as they come, for as long as they live.
    static std::size_t stripe_of_thread() {
        static std::atomic<std::size_t> threads = 0;
        thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % stripes;
        return mine;
    }

    const std::size_t size_;  // a power of two, or 0
    std::array<Stripe, stripes> stripes_;
};

}  // namespace keyhold::guard
