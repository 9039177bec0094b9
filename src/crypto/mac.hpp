// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104, FIPS 198-1) under one key, many times.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace keyhold::crypto {

class KeyedHash;

// Holds the hash's states behind the key, which are as secret as the key; they are wiped at the end.
class Mac {
public:
    static constexpr std::size_t max_size = 64;  // SHA-512

    // `digest` is OpenSSL's name ("SHA256", "SHA384", "SHA512"; throws std::runtime_error for any other);
    // `secret` may have any length, and is not kept.
    Mac(std::string_view digest, std::string_view secret);
    Mac(Mac&&) noexcept;
    Mac& operator=(Mac&&) noexcept;
    ~Mac();

    std::size_t size() const;  // bytes of a code

    // A code in the first size() bytes. Any number of threads at once.
    std::array<char, max_size> compute(std::string_view message) const;

    // Whether `code` is the message's whole code; takes the same time wherever they differ.
    bool verify(std::string_view message, std::string_view code) const;

private:
    std::unique_ptr<const KeyedHash> state_;
};

}  // namespace keyhold::crypto
