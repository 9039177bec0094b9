// SPDX-License-Identifier: Apache-2.0
// Lists of words in one text, as scopes are (RFC 6749 §3.3).
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace keyhold {

// The words between any of these characters, without empty ones. Views into `list`.
inline std::vector<std::string_view> words_in(std::string_view list, std::string_view between = " ") {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(between), list.size());
        if (end != 0) words.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

}  // namespace keyhold
