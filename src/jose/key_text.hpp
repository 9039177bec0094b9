// SPDX-License-Identifier: Apache-2.0
// What people hand over where a key is asked for, so that a message can name it instead of "syntax error".
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "jose/algorithm.hpp"
#include "jose/key.hpp"

namespace keyhold::jose {

// "a private key in PEM", "an HTML page", "empty" ...: from a text's first bytes, and never with a piece of it.
// For messages alone: what a text looks like decides nothing.
std::string_view kind_of_key_text(std::string_view text);

// The public key of a text in PEM: SubjectPublicKeyInfo, PKCS #1 or a certificate, under every algorithm that it fits.
// Refused: key_malformed, key_weak, with a sentence that names what was given and what is wanted.
Result<KeySet> parse_public_pem(std::string_view pem);

// The set of one shared secret. Refused: key_malformed for an algorithm that is not known, and what Key::from_secret()
// refuses.
Result<KeySet> parse_secret(std::string_view secret, std::string_view algorithm);

// KeySet::parse(), with such a sentence where the text is no JSON or no key.
Result<KeySet> parse_jwks(std::string_view text, const Algorithm* named = nullptr);

}  // namespace keyhold::jose
