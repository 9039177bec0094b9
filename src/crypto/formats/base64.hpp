// SPDX-License-Identifier: Apache-2.0
// Base 64 without padding, in the alphabets that password hashes are written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keyhold::crypto::formats {

inline constexpr std::string_view standard_alphabet =  // RFC 4648 §4
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::string_view bcrypt_alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
inline constexpr std::string_view passlib_alphabet =  // "ab64": '.' for '+'
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";

std::string encode64(std::string_view bytes, std::string_view alphabet);

// Empty for a letter outside the alphabet and for a length of 1 mod 4. Bits left over at the end are not
// looked at: old bcrypt implementations wrote them at random, and stored hashes are compared as bytes.
std::optional<std::string> decode64(std::string_view text, std::string_view alphabet);

// The standard alphabet with its padding (RFC 4648 §4), as Django and Firebase write it.
std::optional<std::string> decode64_padded(std::string_view text);
std::string encode64_padded(std::string_view bytes);

// Hexadecimal (RFC 4648 §8) in lower case, as Python writes it. Empty for anything else.
std::string encode16(std::string_view bytes);
std::optional<std::string> decode16(std::string_view text);

}  // namespace keyhold::crypto::formats
