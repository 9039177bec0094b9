// Files that hold secrets.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::app {

// All of a file, at most 1 MiB. Refused: configuration, with the path and the reason.
Result<Secret> read_text_file(const std::string& path);

// Whether group or others may read the file.
bool is_readable_by_others(const std::string& path);

// Makes a file that only its owner may read, with this content, on disk when it returns; never overwrites one.
// False if it exists already. Refused: configuration, if it cannot be made.
Result<bool> create_private_file(const std::string& path, const Secret& content);

}  // namespace keyhold::app
