// Who is the same person: usernames in the form we show and in the form we compare (DESIGN §7).
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
// characters, NUL or unassigned code points; white space at either end; nothing left after folding.
Result<Name> parse_name(std::string_view typed);

}  // namespace keyhold::domain
