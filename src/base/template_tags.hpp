// SPDX-License-Identifier: Apache-2.0
// The tags of a template, so that one that an operator has changed can be held against ours before anybody sees it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace keyhold {

struct Tag {
    char kind;         // 'v' {{x}}, 'u' {{{x}}} or {{&x}}, '#', '^', '/', '>'
    std::string name;  // without white space around it
    std::size_t line;  // from 1 on
};

// In their order, without comments. `line` is where the text begins in its file. Refused: malformed, naming the line: a
// tag that does not end, one that changes the delimiters, a section that is not closed or was not opened.
Result<std::vector<Tag>> tags_of(std::string_view text, std::size_t line = 1);

}  // namespace keyhold
