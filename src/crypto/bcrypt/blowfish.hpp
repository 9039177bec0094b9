// SPDX-License-Identifier: Apache-2.0
// Blowfish (Schneier, FSE 1993) over `lanes` independent states at once, for lanes.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "crypto/bcrypt/lanes.hpp"

namespace keyhold::crypto::bcrypt {

using Word = std::uint32_t;

inline constexpr std::size_t subkeys = 18;

// Each lane's S-boxes are one page, so that they lie in the cache side by side; what is small comes after them.
// `p` are the subkeys that change with each iteration; `key` and `salt` stay as they were read.
struct alignas(4096) Lanes::State {
    Word sboxes[max_lanes][4][256];
    Word p[max_lanes][subkeys];
    Word key[max_lanes][subkeys];  // the password, repeated with its NUL
    Word salt[max_lanes][4];
};

// One half of a round. The bytes are taken from a 64-bit value because g++ 12 then reads the second one as
// "movzbl %ah" and needs no addition for the table's offset: 15 instructions instead of 17.
[[gnu::always_inline]] inline Word feistel(const Word (&sbox)[4][256], Word x) {
    const std::uint64_t wide = x;
    return ((sbox[0][wide >> 24] + sbox[1][wide >> 16 & 255]) ^ sbox[2][wide >> 8 & 255]) + sbox[3][wide & 255];
}

// The halves of every lane's block; the loops over lanes are unrolled, so that these are registers.
template <std::size_t lanes>
struct Halves {
    Word left[lanes]{};
    Word right[lanes]{};
};

// body(std::integral_constant<std::size_t, 0>{}) ... count - 1, without a loop.
template <std::size_t count, class Body>
[[gnu::always_inline]] inline void unrolled(const Body& body) {
    [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
        (body(std::integral_constant<std::size_t, i>{}), ...);
    }
    (std::make_index_sequence<count>{});
}

// Encrypts the block of every lane: round by round, and within a round lane by lane.
// Sixteen rounds, two in each step, so that the halves need no exchange between them; the last subkey and the exchange
// that Blowfish leaves out after the last round come at the end.
template <std::size_t lanes>
[[gnu::always_inline]] inline void encrypt(const Word (*sboxes)[4][256], const Word (*p)[subkeys],
                                           Halves<lanes>& block) {
    unrolled<lanes>([&](auto lane) __attribute__((always_inline)) { block.left[lane] ^= p[lane][0]; });
    unrolled<8>([&](auto pair) __attribute__((always_inline)) {
        constexpr std::size_t round = 2 * pair + 1;
        unrolled<lanes>([&](auto lane) __attribute__((always_inline)) {
            block.right[lane] ^= p[lane][round];
            block.right[lane] ^= feistel(sboxes[lane], block.left[lane]);
        });
        unrolled<lanes>([&](auto lane) __attribute__((always_inline)) {
            block.left[lane] ^= p[lane][round + 1];
            block.left[lane] ^= feistel(sboxes[lane], block.right[lane]);
        });
    });
    unrolled<lanes>([&](auto lane) __attribute__((always_inline)) {
        const Word last = block.right[lane] ^ p[lane][17];
        block.right[lane] = block.left[lane];
        block.left[lane] = last;
    });
}

// Writes both halves. The empty asm keeps them in integer registers: g++ 12 at -O2 would gather the neighbours
// into a vector for one wide store, and loses a third of the speed by moving them there and back.
[[gnu::always_inline]] inline void store(Word* to, Word left, Word right) {
    asm("" : "+r"(left), "+r"(right));
    to[0] = left;
    to[1] = right;
}

}  // namespace keyhold::crypto::bcrypt
