// SPDX-License-Identifier: Apache-2.0
// Taking the texts of stored hashes apart.
#pragma once

#include <string.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

#include "crypto/equal.hpp"

namespace keyhold::crypto::formats {

// Exactly `count` fields between `separator`s, or empty. Fields may be empty.
template <std::size_t count>
std::optional<std::array<std::string_view, count>> split(std::string_view text, char separator) {
    std::array<std::string_view, count> fields;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        const std::size_t end = text.find(separator);
        if (end == std::string_view::npos) return std::nullopt;
        fields[i] = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    if (text.find(separator) != std::string_view::npos) return std::nullopt;
    fields.back() = text;
    return fields;
}

// Decimal digits and nothing else; leading zeros are read. Empty if there are none or the value does not fit.
template <class T = int>
std::optional<T> parse_digits(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The same in its one spelling: no leading zero.
template <class T = int>
std::optional<T> parse_number(std::string_view text) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return parse_digits<T>(text);
}

// The same bytes under another type, without a copy.
inline std::string_view as_text(std::span<const unsigned char> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// Room for a computed hash, wiped when it goes.
// On the stack: nothing is allocated for what is compared once.
template <std::size_t capacity>
class Wiped {
public:
    explicit Wiped(std::size_t size) : size_(size) {
        if (size > capacity) throw std::length_error("a password hash is larger than its room");
    }
    ~Wiped() { explicit_bzero(bytes_.data(), bytes_.size()); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

    unsigned char* data() { return bytes_.data(); }
    std::size_t size() const { return size_; }
    // In constant time, but for the length.
    bool equals(std::string_view other) const {
        return equal({reinterpret_cast<const char*>(bytes_.data()), size_}, other);
    }

private:
    std::array<unsigned char, capacity> bytes_{};
    std::size_t size_;
};

}  // namespace keyhold::crypto::formats
