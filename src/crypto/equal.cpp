// SPDX-License-Identifier: Apache-2.0
#include "crypto/equal.hpp"

#include <openssl/crypto.h>

namespace keyhold::crypto {

bool equal(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace keyhold::crypto
