// SPDX-License-Identifier: Apache-2.0
// Sentences name commands as `keyhold user add` does. In a program of another name they are that program's commands.
#pragma once

#include <string>
#include <string_view>

namespace keyhold {

// `text` with `program` wherever `ours` ends in "keyhold ": each, or only where something quoted begins with it.
inline void name_commands(std::string& text, std::string_view program, std::string_view ours = "`keyhold ") {
    const std::size_t before = ours.size() - std::string_view("keyhold ").size();
    for (std::size_t at = text.find(ours); at != text.npos; at = text.find(ours, at + before + program.size()))
        text.replace(at + before, ours.size() - before - 1, program);
}

}  // namespace keyhold
