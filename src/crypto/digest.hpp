// SPDX-License-Identifier: Apache-2.0
// Message digests (FIPS 180-4).
#pragma once

#include <string>
#include <string_view>

namespace keyhold::crypto {

// 32 raw bytes. Any thread.
std::string sha256(std::string_view message);

// `name` is OpenSSL's ("SHA512"); throws std::runtime_error if there is none of that name. Any thread.
std::string digest(std::string_view name, std::string_view message);

}  // namespace keyhold::crypto
