// SPDX-License-Identifier: Apache-2.0
#include "jose/signature_memory.hpp"

#include <atomic>
#include <bit>
#include <new>
#include <span>
#include <stdexcept>

#include "crypto/random.hpp"

namespace keyhold::jose {
namespace {

static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

crypto::SipHash::Key random_key() {
    crypto::SipHash::Key key;
    crypto::SystemRandom().fill({reinterpret_cast<unsigned char*>(key.data()), sizeof key});
    return key;
}

}  // namespace

SignatureMemory::SignatureMemory(std::size_t count) : SignatureMemory(count, random_key()) {}

SignatureMemory::SignatureMemory(std::size_t count, const crypto::SipHash::Key& key) : key_(key) {
    constexpr std::size_t most = std::size_t{1} << 24;  // a quarter of a gigabyte
    if (count == 0 || count > most) throw std::invalid_argument("a memory of 1 to 16,777,216 signatures");
    const std::size_t slots = std::bit_ceil(count);
    mask_ = slots - 1;
    // calloc() gives pages that the system fills with zeros when they are touched.
    words_.reset(static_cast<std::uint64_t*>(std::calloc(slots * std::tuple_size_v<Hash>, sizeof(std::uint64_t))));
    if (!words_) throw std::bad_alloc();
}

SignatureMemory::Hash SignatureMemory::hash_of(std::string_view input, std::string_view signature) const {
    crypto::SipHash hash(key_);
    hash.update(input);
    hash.update(".");
    hash.update(signature);
    return hash.finish();
}

// Nothing else is published through a slot, so no order is asked for.
bool SignatureMemory::holds(const Hash& hash) const {
    std::uint64_t* const slot = slot_of(hash);
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < hash.size(); ++i)
        difference |= std::atomic_ref(slot[i]).load(std::memory_order_relaxed) ^ hash[i];
    return difference == 0;
}

void SignatureMemory::add(const Hash& hash) {
    std::uint64_t* const slot = slot_of(hash);
    for (std::size_t i = 0; i < hash.size(); ++i) std::atomic_ref(slot[i]).store(hash[i], std::memory_order_relaxed);
}

}  // namespace keyhold::jose
