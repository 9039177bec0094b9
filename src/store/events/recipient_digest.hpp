// SPDX-License-Identifier: Apache-2.0
// What is left of the recipient of a mail that only counts: a deleted account leaves its address nowhere.
#pragma once

#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace keyhold::store {

// Of an address by its key (domain/accounts/email_address.hpp). Whoever suspects an address can compare it, for the
// hour in which the row is there.
inline std::string recipient_digest(std::string_view email_key) { return base64url::encode(crypto::sha256(email_key)); }

}  // namespace keyhold::store
