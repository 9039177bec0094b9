// SPDX-License-Identifier: Apache-2.0
// The C function crypt_r of libxcrypt, with its 32 KiB of state owned and wiped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace keyhold::crypto {

// Bytes; crypt_r refuses longer passwords.
inline constexpr std::size_t longest_crypt_password = 511;

// crypt(5): the hash of `password` with the method, cost and salt of `setting`. Empty if libxcrypt refuses
// (its "*0"): an unknown or malformed setting, a password over 511 bytes. A password that holds a NUL is
// refused here, where C would have cut it. Any thread.
std::optional<std::string> call_crypt_r(std::string_view password, const std::string& setting);

}  // namespace keyhold::crypto
