// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>

namespace keyhold::crypto {

// getrandom(2) and not OpenSSL's generator: the kernel's is the root of both, and a server that signs with a secret
// key never sets up OpenSSL's library context, which takes 1 to 2 MiB.
void SystemRandom::fill(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        // Up to 256 bytes come at once; a larger request may be cut short by a signal (getrandom(2)).
        const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw std::runtime_error("the system gives no randomness");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace keyhold::crypto
