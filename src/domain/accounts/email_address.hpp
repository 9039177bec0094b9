// SPDX-License-Identifier: Apache-2.0
// E-mail addresses: which ones we take, and which are the same (RFC 5321, RFC 6531, UTS 46; docs/addresses.md).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::domain {

struct EmailAddress {
    std::string shown;   // as it was typed, in NFC: where mail goes
    std::string key;     // what makes it unique: the local part case-folded, the domain in lower-case A-labels
    std::string domain;  // of the key: "xn--bcher-kva.de"
};

// Refused with validation_failed, field {"body", `field`}, by a sentence that does not hold the address: over 254
// bytes, or 64 before the '@'; what is no dot-atom before it, but a quoted one that needs no quotes is taken without
// them; address literals and domains without a dot; outside ASCII anything but letters, digits and marks, and those
// that are drawn like others (compatibility characters). The key of a key is that key.
Result<EmailAddress> parse_email_address(std::string_view typed, std::string_view field = "email");

// Whether a name can only be meant as an address: it holds an '@', or a character that usernames count as one (U+FE6B,
// U+FF20).
bool looks_like_address(std::string_view typed);

// Whether a username's key (names.hpp) means this address and no other one. "ann@faß.de" is another address than
// "ann@fass.de" but the same username: whoever was called so would be found in the place of ann@fass.de.
bool is_username_of(std::string_view name_key, const EmailAddress& address);

}  // namespace keyhold::domain
