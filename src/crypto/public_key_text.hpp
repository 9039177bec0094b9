// SPDX-License-Identifier: Apache-2.0
// The public key in what people have at hand: a certificate (RFC 5280) or PKCS #1 (RFC 8017 §A.1.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keyhold::crypto {

// The same key as SubjectPublicKeyInfo in PEM (RFC 7468 §13). Empty if the text holds neither of the two. A
// certificate's dates, names and signature are not looked at: whoever hands it over trusts the key in it.
std::optional<std::string> public_key_in(std::string_view pem);

}  // namespace keyhold::crypto
