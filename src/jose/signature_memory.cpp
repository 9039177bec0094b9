// SPDX-License-Identifier: Apache-2.0
// SHA256_*: as in crypto/mac.cpp, OpenSSL 3's EVP would cost as much again as the digest of a token.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "jose/signature_memory.hpp"

#include <openssl/sha.h>

#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <stdexcept>

namespace keyhold::jose {
namespace {

static_assert(sizeof(SignatureMemory::Digest) == SHA256_DIGEST_LENGTH);
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

}  // namespace

SignatureMemory::SignatureMemory(std::size_t count) {
    constexpr std::size_t most = std::size_t{1} << 24;  // half a gigabyte
    if (count == 0 || count > most) throw std::invalid_argument("a memory of 1 to 16,777,216 signatures");
    const std::size_t slots = std::bit_ceil(count);
    mask_ = slots - 1;
    // calloc() gives pages that the system fills with zeros when they are touched.
    words_.reset(static_cast<std::uint64_t*>(std::calloc(slots * std::tuple_size_v<Digest>, sizeof(std::uint64_t))));
    if (!words_) throw std::bad_alloc();
}

SignatureMemory::Digest SignatureMemory::digest_of(std::string_view input, std::string_view signature) {
    SHA256_CTX state;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes;
    if (SHA256_Init(&state) != 1 || SHA256_Update(&state, input.data(), input.size()) != 1 ||
        SHA256_Update(&state, ".", 1) != 1 || SHA256_Update(&state, signature.data(), signature.size()) != 1 ||
        SHA256_Final(bytes.data(), &state) != 1)
        throw std::runtime_error("OpenSSL failed: SHA-256");
    Digest digest;
    std::memcpy(digest.data(), bytes.data(), bytes.size());
    return digest;
}

// Nothing else is published through a slot, so no order is asked for.
bool SignatureMemory::holds(const Digest& digest) const {
    std::uint64_t* const slot = slot_of(digest);
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < digest.size(); ++i)
        difference |= std::atomic_ref(slot[i]).load(std::memory_order_relaxed) ^ digest[i];
    return difference == 0;
}

void SignatureMemory::add(const Digest& digest) {
    std::uint64_t* const slot = slot_of(digest);
    for (std::size_t i = 0; i < digest.size(); ++i)
        std::atomic_ref(slot[i]).store(digest[i], std::memory_order_relaxed);
}

}  // namespace keyhold::jose
