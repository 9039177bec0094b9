// SPDX-License-Identifier: Apache-2.0
#include "base/id.hpp"

#include <algorithm>
#include <cstdint>

namespace keyhold {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

constexpr unsigned char no_digit = 0xFF;
constexpr auto digits = [] {
    std::array<unsigned char, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < hex.size(); ++i)
        values[static_cast<unsigned char>(hex[i])] = static_cast<unsigned char>(i);
    return values;
}();
unsigned char digit(char c) { return digits[static_cast<unsigned char>(c)]; }

// Whether a '-' stands before this byte.
constexpr bool begins_group(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

// 48 bits, most significant byte first, so that ids sort as their bytes do.
void put_time(Id& bytes, std::chrono::sys_time<std::chrono::milliseconds> now) {
    auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
    for (std::size_t i = 6; i-- > 0; milliseconds >>= 8U) bytes[i] = static_cast<unsigned char>(milliseconds & 0xFFU);
}

std::string finished(Id bytes) {
    bytes[6] = static_cast<unsigned char>(0x70U | (bytes[6] & 0x0FU));  // version 7
    bytes[8] = static_cast<unsigned char>(0x80U | (bytes[8] & 0x3FU));  // the variant of RFC 9562 §4.1
    return to_text(bytes);
}

}  // namespace

std::string make_id(Time now, Random& random) {
    Id bytes{};
    // Version and variant are put over 6 of these 80 bits later, in finished().
    random.fill(std::span(bytes).subspan(6));
    put_time(bytes, now);
    return finished(bytes);
}

std::string make_id(std::chrono::sys_time<std::chrono::milliseconds> now, unsigned count, Random& random) {
    Id bytes{};
    random.fill(std::span(bytes).subspan(8));
    put_time(bytes, now);
    bytes[6] = static_cast<unsigned char>(count >> 8U);
    bytes[7] = static_cast<unsigned char>(count);
    return finished(bytes);
}

std::string to_text(const Id& id) {
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (begins_group(i)) text += '-';
        text += hex[id[i] >> 4U];
        text += hex[id[i] & 15U];
    }
    return text;
}

// Upper-case digits are refused: `digit` knows only what to_text() writes.
std::optional<Id> parse_id(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Id id{};
    const auto* next = text.begin();
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (begins_group(i) && *next++ != '-') return std::nullopt;
        const unsigned char high = digit(*next++), low = digit(*next++);
        if (high == no_digit || low == no_digit) return std::nullopt;
        id[i] = static_cast<unsigned char>(high << 4U | low);
    }
    return id;
}

}  // namespace keyhold
