// SPDX-License-Identifier: Apache-2.0
// Texts that are made while compiling, and kept.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace keyhold::store::detail {

// A text that is made while compiling: a std::string cannot be, for clang 14.
// A fixed 2 KiB, since memory that is taken while compiling must be given back while compiling.
class MadeText {
public:
    constexpr MadeText() = default;
    constexpr MadeText& append(std::string_view more) {
        for (const char c : more) *this += c;
        return *this;
    }
    constexpr MadeText& operator+=(std::string_view more) { return append(more); }
    constexpr MadeText& operator+=(char c) {
        if (size_ == characters_.size()) throw "a statement is longer than 2 KiB";
        characters_[size_++] = c;
        return *this;
    }
    constexpr bool empty() const { return size_ == 0; }
    constexpr std::size_t size() const { return size_; }
    constexpr char back() const { return characters_[size_ - 1]; }
    constexpr std::string_view view() const { return {characters_.data(), size_}; }

private:
    std::array<char, 2048> characters_{};
    std::size_t size_ = 0;
};

// What `make` returns, a MadeText, kept for as long as the program runs.
template <auto make>
struct Kept {
    static constexpr std::size_t size = make().size();
    static constexpr auto characters = [] {
        std::array<char, size + 1> kept{};
        const MadeText made = make();
        for (std::size_t i = 0; i < size; ++i) kept[i] = made.view()[i];
        return kept;
    }();
    static constexpr std::string_view text{characters.data(), size};
};

}  // namespace keyhold::store::detail
