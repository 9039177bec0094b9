// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

namespace keyhold::base64url {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// A character that is none sets a bit that no other character sets, so one look at the end finds it, however many
// groups were read.
constexpr std::uint32_t invalid = 1U << 24U;  // above the 24 bits of four characters

// What a character adds to the 24 bits of its group, by its place in it. Four tables of 1 KiB save the shifts.
template <unsigned shift>
constexpr std::array<std::uint32_t, 256> make_values() {
    std::array<std::uint32_t, 256> values{};
    values.fill(invalid);
    for (std::uint32_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = i << shift;
    return values;
}
constexpr auto first = make_values<18>(), second = make_values<12>(), third = make_values<6>(),
               fourth = make_values<0>();

std::uint32_t value_of(const std::array<std::uint32_t, 256>& place, char character) {
    return place[static_cast<unsigned char>(character)];
}
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

// Whole groups without a branch for each character: what is wrong is found once, at the end.
std::optional<std::size_t> decode(std::string_view text, std::span<char> out) {
    // Six bits make no byte.
    if (text.size() % 4 == 1) return std::nullopt;
    if (out.size() < decoded_size(text.size())) throw std::length_error("base64url: the buffer is too small");
    char* to = out.data();
    std::uint32_t seen = 0;  // every group read, or-ed: looked at once, at the end
    const char* from = text.data();
    for (const char* const end = from + text.size() / 4 * 4; from != end; from += 4, to += 3) {
        const std::uint32_t bits =
            value_of(first, from[0]) | value_of(second, from[1]) | value_of(third, from[2]) | value_of(fourth, from[3]);
        seen |= bits;
        to[0] = byte_of(bits >> 16U);
        to[1] = byte_of(bits >> 8U);
        to[2] = byte_of(bits);
    }
    if (text.size() % 4 >= 2) {
        const bool three = text.size() % 4 == 3;
        const std::uint32_t bits =
            value_of(first, from[0]) | value_of(second, from[1]) | (three ? value_of(third, from[2]) : 0);
        seen |= bits;
        if ((bits & (three ? 0xFFU : 0xFFFFU)) != 0) return std::nullopt;  // bits that no byte takes
        *to++ = byte_of(bits >> 16U);
        if (three) *to++ = byte_of(bits >> 8U);
    }
    if (seen >= invalid) return std::nullopt;
    return static_cast<std::size_t>(to - out.data());
}

std::optional<std::string> decode(std::string_view text) {
    std::string bytes(decoded_size(text.size()), '\0');
    if (!decode(text, bytes)) return std::nullopt;
    return bytes;
}

}  // namespace keyhold::base64url
