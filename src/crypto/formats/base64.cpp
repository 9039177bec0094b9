// SPDX-License-Identifier: Apache-2.0
#include "crypto/formats/base64.hpp"

#include <cstdint>

namespace keyhold::crypto::formats {

std::string encode64(std::string_view bytes, std::string_view alphabet) {
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 2);  // what grows leaves copies behind; one for a padding
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char byte : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(byte);
        for (bits += 8; bits >= 6; bits -= 6) text += alphabet[buffer >> (bits - 6) & 63];
    }
    if (bits > 0) text += alphabet[buffer << (6 - bits) & 63];
    return text;
}

// Not in constant time: what is decoded is the stored hash, and no password.
std::optional<std::string> decode64(std::string_view text, std::string_view alphabet) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char letter : text) {
        const std::size_t value = alphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        buffer = buffer << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(buffer >> bits & 0xff);
    }
    return bytes;
}

// At most two '=' belong to it; a third would be left in the text and is no letter.
std::optional<std::string> decode64_padded(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return decode64(text, standard_alphabet);
}

std::string encode64_padded(std::string_view bytes) {
    std::string text = encode64(bytes, standard_alphabet);
    while (text.size() % 4 != 0) text += '=';
    return text;
}

namespace {
constexpr std::string_view hexadecimal = "0123456789abcdef";
}

std::string encode16(std::string_view bytes) {
    std::string text;
    text.reserve(2 * bytes.size());  // what grows leaves copies behind
    for (const char byte : bytes) {
        text += hexadecimal[static_cast<unsigned char>(byte) >> 4];
        text += hexadecimal[static_cast<unsigned char>(byte) & 15];
    }
    return text;
}

std::optional<std::string> decode16(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::size_t high = hexadecimal.find(text[i]);
        const std::size_t low = hexadecimal.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

}  // namespace keyhold::crypto::formats
