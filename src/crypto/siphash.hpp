// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012, and the
// authors' later variant of 128 bits): without the key nobody can tell what a text's hash is, nor find two texts of
// one.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace keyhold::crypto {

// Holds nothing that outlives it: copy one with the key set up, update() with any pieces of the text, and finish().
// What it gives depends on the text as a whole, not on where it was cut.
class SipHash {
public:
    using Key = std::array<std::uint64_t, 2>;
    using Hash = std::array<std::uint64_t, 2>;

    explicit SipHash(const Key& key)
        : v0_(key[0] ^ 0x736f6d6570736575U),
          v1_(key[1] ^ 0x646f72616e646f6dU ^ 0xee),
          v2_(key[0] ^ 0x6c7967656e657261U),
          v3_(key[1] ^ 0x7465646279746573U) {}

    // Any number of times, with pieces of any length.
    void update(std::string_view text) {
        size_ += text.size();
        while (filled_ > 0 && !text.empty()) {
            take(text.front());
            text.remove_prefix(1);
        }
        for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
            std::uint64_t word;
            std::memcpy(&word, text.data(), sizeof word);
            if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
            compress(word);
        }
        for (const char byte : text) take(byte);
    }

    // Once, at the end.
    Hash finish() {
        compress(rest_ | std::uint64_t{size_} << 56U);
        v2_ ^= 0xee;
        rounds(4);
        const std::uint64_t first = v0_ ^ v1_ ^ v2_ ^ v3_;
        v1_ ^= 0xdd;
        rounds(4);
        return {first, v0_ ^ v1_ ^ v2_ ^ v3_};
    }

private:
    // A byte of a word that is not full yet.
    void take(char byte) {
        rest_ |= std::uint64_t{static_cast<unsigned char>(byte)} << 8 * filled_;
        if (++filled_ < sizeof rest_) return;
        compress(rest_);
        rest_ = 0;
        filled_ = 0;
    }
    void compress(std::uint64_t word) {
        v3_ ^= word;
        rounds(2);
        v0_ ^= word;
    }
    void rounds(int count) {
        for (; count > 0; --count) {
            v0_ += v1_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v3_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ += v3_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ += v1_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_, v1_, v2_, v3_;
    std::uint64_t rest_ = 0;  // of a word that is not full
    std::size_t filled_ = 0;  // bytes of it
    // Of all of the text; its lowest byte is a part of the last block.
    std::size_t size_ = 0;
};

}  // namespace keyhold::crypto
