// SPDX-License-Identifier: Apache-2.0
// Which signatures under one key were found good before, so that a token that comes again costs a digest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace keyhold::jose {

// A table of SHA-256 digests, 32 bytes each; its size never changes, and a new digest takes the place of an older
// one. Any number of threads at once, without a lock.
//
// A reader may meet a slot that another thread is writing, and see words of two digests. That cannot make a bad
// signature good: every word in a slot is, at its place, a word of the digest of a good signature, so a match of all
// four means that the digest asked for agrees in all 256 bits with one of the few texts that such words can make up.
// To find a token with such a digest is to find a second preimage of SHA-256.
class SignatureMemory {
public:
    using Digest = std::array<std::uint64_t, 4>;

    // Room for `count` digests, rounded up to a power of two. Memory is taken from the system as it is filled.
    explicit SignatureMemory(std::size_t count);

    // SHA-256 over both; unambiguous among signatures of one length, as all of one key have.
    static Digest digest_of(std::string_view input, std::string_view signature);

    bool holds(const Digest& digest) const;
    void add(const Digest& digest);  // only what was verified

    std::size_t bytes() const { return (mask_ + 1) * sizeof(Digest); }

private:
    struct Free {
        void operator()(std::uint64_t* words) const { std::free(words); }
    };
    std::uint64_t* slot_of(const Digest& digest) const { return words_.get() + (digest[0] & mask_) * digest.size(); }

    std::size_t mask_;
    std::unique_ptr<std::uint64_t[], Free> words_;  // all zero at first, which is no digest that anybody knows of
};

}  // namespace keyhold::jose
