#include "base/base64url.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

namespace keyhold::base64url {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t invalid = 0xFF;  // no 6-bit value has the top bits

constexpr std::array<std::uint8_t, 256> make_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(static_cast<std::uint8_t>(invalid));
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}
constexpr auto values = make_values();

std::uint32_t value_of(char character) { return values[static_cast<unsigned char>(character)]; }
char byte_of(std::uint32_t bits) { return static_cast<char>(bits & 0xFFU); }
std::uint32_t bits_of(char byte) { return static_cast<unsigned char>(byte); }

}  // namespace

void append(std::string& out, std::string_view bytes) {
    out.reserve(out.size() + (bytes.size() * 4 + 2) / 3);
    while (bytes.size() >= 3) {
        const std::uint32_t bits = bits_of(bytes[0]) << 16U | bits_of(bytes[1]) << 8U | bits_of(bytes[2]);
        const std::array<char, 4> four{alphabet[bits >> 18U], alphabet[bits >> 12U & 63U], alphabet[bits >> 6U & 63U],
                                       alphabet[bits & 63U]};
        out.append(four.data(), four.size());
        bytes.remove_prefix(3);
    }
    if (bytes.empty()) return;
    const std::uint32_t bits = bits_of(bytes[0]) << 16U | (bytes.size() == 2 ? bits_of(bytes[1]) << 8U : 0U);
    out += alphabet[bits >> 18U];
    out += alphabet[bits >> 12U & 63U];
    if (bytes.size() == 2) out += alphabet[bits >> 6U & 63U];
}

std::string encode(std::string_view bytes) {
    std::string text;
    append(text, bytes);
    return text;
}

std::optional<std::size_t> decode(std::string_view text, std::span<char> out) {
    if (text.size() % 4 == 1) return std::nullopt;
    if (out.size() < decoded_size(text.size())) throw std::length_error("base64url: the buffer is too small");
    char* to = out.data();
    std::uint32_t seen = 0;  // every value read, or-ed: looked at once, at the end
    const char* from = text.data();
    for (const char* const end = from + text.size() / 4 * 4; from != end; from += 4, to += 3) {
        const std::uint32_t a = value_of(from[0]), b = value_of(from[1]), c = value_of(from[2]), d = value_of(from[3]);
        seen |= a | b | c | d;
        const std::uint32_t bits = a << 18U | b << 12U | c << 6U | d;
        to[0] = byte_of(bits >> 16U);
        to[1] = byte_of(bits >> 8U);
        to[2] = byte_of(bits);
    }
    if (text.size() % 4 >= 2) {
        const std::uint32_t a = value_of(from[0]), b = value_of(from[1]);
        const std::uint32_t c = text.size() % 4 == 3 ? value_of(from[2]) : 0;
        seen |= a | b | c;
        const std::uint32_t left_over = text.size() % 4 == 3 ? c & 3U : b & 15U;
        if (left_over != 0) return std::nullopt;
        *to++ = byte_of(a << 2U | b >> 4U);
        if (text.size() % 4 == 3) *to++ = byte_of(b << 4U | c >> 2U);
    }
    if (seen > 63) return std::nullopt;
    return static_cast<std::size_t>(to - out.data());
}

std::optional<std::string> decode(std::string_view text) {
    std::string bytes(decoded_size(text.size()), '\0');
    if (!decode(text, bytes)) return std::nullopt;
    return bytes;
}

}  // namespace keyhold::base64url
