// SPDX-License-Identifier: Apache-2.0
// The digest at the end of a backup, behind the last page of SQLite's, which does not look there
// (docs/decisions/0053-a-digest-inside-the-backup.md). It belongs to the file: whoever copies the one copies the other.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace keyhold::store {

// Behind all bytes of `path`; on disk when this returns. Refused: configuration, if it cannot be read or written.
// Reads the whole file once. Call it once: a second digest would be of the first one as well, and the file's length
// would no longer tell that it has one.
Result<> append_digest(const std::string& path);

enum class Digest : std::uint8_t {
    right,   // of the bytes before it
    wrong,   // of others; or what stands in its place is no digest
    absent,  // the file ends with a page: an older Keyhold made it, or another program has written to it since
};
// Refused: configuration, if the file cannot be read.
// Reads the whole file. `right` says that the bytes are those that were backed up, not who has made them: a digest is
// no signature.
Result<Digest> check_digest(const std::string& path);

}  // namespace keyhold::store
