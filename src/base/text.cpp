// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

namespace keyhold {

std::string printable_ascii(std::string_view text, std::size_t longest) {
    std::string shown(text.substr(0, longest));
    std::ranges::replace_if(
        shown, [](char c) { return !is_ascii_printable(c); }, '?');
    return shown;
}

std::string without_controls(std::string_view text) {
    std::string line(text);
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto c = static_cast<unsigned char>(line[i]);
        const bool ends_c1 = i > 0 && line[i - 1] == '\xc2' && c >= 0x80 && c <= 0x9f;
        if (is_ascii_control(line[i]) || ends_c1) line[i] = '?';
        if (ends_c1) line[i - 1] = '?';
    }
    return line;
}

}  // namespace keyhold
