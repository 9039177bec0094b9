#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <stdexcept>

namespace keyhold::crypto {

void SystemRandom::fill(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), std::size_t{INT_MAX});
        if (RAND_bytes(bytes.data(), static_cast<int>(size)) != 1)
            throw std::runtime_error("the system gives no randomness");
        bytes = bytes.subspan(size);
    }
}

}  // namespace keyhold::crypto
