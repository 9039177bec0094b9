// SPDX-License-Identifier: Apache-2.0
// Lists of words that are separated by spaces: scopes (RFC 6749 §3.3), prompts, URIs as they are stored.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/words.hpp"

namespace keyhold::domain {

template <class Matches>
bool any_word(std::string_view list, Matches matches) {
    return std::ranges::any_of(words_in(list), matches);
}

// RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E, and no longer than what a row of ours holds.
constexpr std::size_t longest_scope = 128;
inline bool is_scope(std::string_view text) {
    return !text.empty() && text.size() <= longest_scope &&
           std::ranges::all_of(text, [](char c) { return is_ascii_visible(c) && c != '"' && c != '\\'; });
}

// The words of a list as an array of JSON.
inline void write_words(json::Writer& out, std::string_view name, std::string_view list) {
    out.name(name);
    out.begin_array();
    for (const std::string_view word : words_in(list)) out.value(word);
    out.end_array();
}

}  // namespace keyhold::domain
