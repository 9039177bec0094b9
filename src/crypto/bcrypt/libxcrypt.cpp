// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/libxcrypt.hpp"

#include <stdexcept>

#include "crypto/crypt_r.hpp"
#include "crypto/formats/bcrypt_text.hpp"

namespace keyhold::crypto::bcrypt {

std::optional<Digest> compute_with_libxcrypt(const Request& request) {
    // crypt_r takes 511 bytes at most and bcrypt 72: what it would not look at is not given to it.
    const auto text = call_crypt_r(key_of(request.password), format_setting(request));
    const auto hash = text ? parse_crypt(*text) : std::nullopt;
    if (!hash) return std::nullopt;
    return hash->digest;
}

Digest Libxcrypt::compute(const Request& request) {
    const auto digest = compute_with_libxcrypt(request);
    if (!digest) throw std::runtime_error("libxcrypt refuses bcrypt");
    return *digest;
}

}  // namespace keyhold::crypto::bcrypt
