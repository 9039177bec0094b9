// SPDX-License-Identifier: Apache-2.0
// Bytes that arrive in pieces, in a string that takes little more memory than they do.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace keyhold::http {

// Appends. Where std::string would double its memory (in reserve() too), this takes 16 KiB more at a time: thousands of
// connections may hold an unfinished request of 64 KiB each.
inline void append_in_steps(std::string& text, std::string_view more) {
    constexpr std::size_t step = 16 * 1024;
    const std::size_t size = text.size() + more.size();
    // Below 4 KiB the string's own growth wastes little, and a string for each small request would take 16 KiB.
    if (size > text.capacity() && size > step / 4) {
        std::string larger;
        larger.reserve((size + step - 1) / step * step);
        larger.append(text);
        text = std::move(larger);
    }
    text.append(more);
}

}  // namespace keyhold::http
