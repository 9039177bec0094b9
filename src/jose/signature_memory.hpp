// SPDX-License-Identifier: Apache-2.0
// Which signatures under one key were found good before, so that a token that comes again costs a hash.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "crypto/siphash.hpp"

namespace keyhold::jose {

// A table of keyed hashes, 16 bytes each; its size never changes, and a new hash takes the place of an older one. Any
// number of threads at once, without a lock.
//
// The key is random, of this table alone, and leaves it as little as the hashes do. To have a bad signature taken for a
// good one, somebody must hit upon a text whose hash is in the table, and as SipHash is a pseudorandom function he can
// do no better than try: once in 2^128 (docs/decisions/0111-a-keyed-hash-for-signatures.md).
//
// A reader may meet a slot that another thread is writing, and see words of two hashes. That is one more pair of words
// that a text would have to hit upon, and no more likely.
class SignatureMemory {
public:
    using Hash = crypto::SipHash::Hash;

    // Room for `count` hashes, rounded up to a power of two. Memory is taken from the system as it is filled.
    explicit SignatureMemory(std::size_t count);
    // With another key than a random one, for tests.
    SignatureMemory(std::size_t count, const crypto::SipHash::Key& key);

    // Over both; unambiguous among signatures of one length, as all of one key have.
    Hash hash_of(std::string_view input, std::string_view signature) const;

    // Takes the same time whether and where they differ.
    bool holds(const Hash& hash) const;
    void add(const Hash& hash);  // only of what was verified

    std::size_t bytes() const { return (mask_ + 1) * sizeof(Hash); }

private:
    struct Free {
        void operator()(std::uint64_t* words) const { std::free(words); }
    };
    std::uint64_t* slot_of(const Hash& hash) const { return words_.get() + (hash[0] & mask_) * hash.size(); }

    crypto::SipHash::Key key_;
    std::size_t mask_;
    std::unique_ptr<std::uint64_t[], Free> words_;  // all zero at first, which is no hash that anybody can aim at
};

}  // namespace keyhold::jose
