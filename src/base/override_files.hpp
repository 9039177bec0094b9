// SPDX-License-Identifier: Apache-2.0
// Files in a folder of an operator's that stand in the place of ours: templates, and texts by their keys
// (pages/overrides.hpp, mail/texts.hpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace keyhold {

// configuration: "FILE:WHAT". `what` begins with the line and ": ", or with a blank where the whole file is meant.
Error wrong_override(const std::filesystem::path& file, std::string_view what);

// Refused: configuration, if `folder` is none. `setting` is how the operator has named it.
Result<> check_override_folder(std::string_view setting, const std::string& folder);

// Those with that extension, in their order; none if the folder is not there.
std::vector<std::filesystem::path> override_files(const std::filesystem::path& folder, std::string_view extension);

// What stands behind the mark with which some editors begin a file in UTF-8 (RFC 3629 §6), if there is one.
std::string_view without_byte_order_mark(std::string_view text);

// Without a byte order mark. Refused: configuration, if it cannot be read, is longer than 256 KiB or no UTF-8.
Result<std::string> read_override(const std::filesystem::path& file);

// "key: text" in each line of a file; empty ones and those that begin with '#' say nothing.
struct TextLine {
    std::string key, text;
    std::size_t line;  // from 1 on
};
std::vector<TextLine> lines_of_texts(std::string_view file);

}  // namespace keyhold
