// SPDX-License-Identifier: Apache-2.0
// Who is the same person: usernames in the form we show and in the form we compare.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::domain {

struct Name {
    std::string shown;  // NFC of what was typed
    std::string key;    // NFKC, case-folded (Unicode's NFKC_Casefold); compared byte by byte
};

// Refused with validation_failed, field {"body", "username"}: empty; over 256 bytes; not UTF-8; control
// characters, NUL, invisible format characters, unassigned or private-use code points; white space at either
// end; a combining mark in front; nothing left after folding. The key of a key is that key.
Result<Name> parse_name(std::string_view typed);

}  // namespace keyhold::domain
