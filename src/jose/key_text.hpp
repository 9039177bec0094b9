// SPDX-License-Identifier: Apache-2.0
// What people hand over where a key is asked for, so that a message can name it instead of "syntax error".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "jose/algorithm.hpp"
#include "jose/key.hpp"

namespace keyhold::jose {

// What a message calls a text, and how its owner gets from it to a key that can be read here.
struct KeyTextKind {
    std::string_view name;      // with its article: "a private key in PEM"; never with a piece of the text
    std::string_view remedy{};  // "openssl pkey -in FILE prints it in PEM"; empty if only another file helps
    enum class Form : std::uint8_t { other, pem, jwk } form = Form::other;  // what this library reads
};
// From a text's first bytes, or the outline of its DER. For messages alone: what a text looks like decides nothing.
const KeyTextKind& kind_of_key_text(std::string_view text);

// "This is a PKCS #12 file; wanted is a key in PEM (openssl pkcs12 ...)".
std::string sentence_of_key_text(std::string_view text, std::string_view wanted);

// The public key of a text in PEM: SubjectPublicKeyInfo, PKCS #1 or a certificate, under every algorithm that it fits.
// Refused: key_malformed, key_weak, with a sentence that names what was given and what is wanted.
Result<KeySet> parse_public_pem(std::string_view pem);

// The set of one shared secret. Refused: key_malformed for an algorithm that is not known, and what Key::from_secret()
// refuses.
Result<KeySet> parse_secret(std::string_view secret, std::string_view algorithm);

// The private key of a text, in PEM or as a JWK. Refused: key_malformed, key_weak, with such a sentence; also for a
// public key, which cannot sign.
Result<KeySet> parse_private_key(std::string_view text, const Algorithm* named = nullptr);

// KeySet::parse(), with such a sentence where the text is no JSON or no key.
Result<KeySet> parse_jwks(std::string_view text, const Algorithm* named = nullptr,
                          std::string_view wanted = "a JWK or a JWK Set");

}  // namespace keyhold::jose
