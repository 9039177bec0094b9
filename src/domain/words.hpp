// SPDX-License-Identifier: Apache-2.0
// Lists of words that are separated by spaces: scopes (RFC 6749 §3.3), prompts, URIs as they are stored.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace keyhold::domain {

// Without empty ones.
inline std::vector<std::string_view> words_in(std::string_view list) {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        if (end != 0) words.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

template <class Matches>
bool any_word(std::string_view list, Matches matches) {
    return std::ranges::any_of(words_in(list), matches);
}

template <class Words>
std::string joined(const Words& words) {
    std::string list;
    for (const std::string_view word : words) list.append(list.empty() ? "" : " ").append(word);
    return list;
}

}  // namespace keyhold::domain
