// SPDX-License-Identifier: Apache-2.0
// JSON Web Signatures (RFC 7515) in the compact form, the only one that is understood here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "jose/key.hpp"

namespace keyhold::jose {

// A bearer token longer than this is no token of ours: a request's whole head is limited to 16 KiB.
inline constexpr std::size_t max_token_size = 8 * 1024;

// The three segments, still in base64url; views into the token.
// They hold as long as the token's text does.
struct Compact {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signing_input;  // header "." payload (RFC 7515 §5.1, step 8)
};

// Of a header only what decides how the token is read; `cty` is checked for its type and otherwise not used.
struct Header {
    const Algorithm* algorithm;
    std::optional<std::string> kid;  // one that is there and empty is no key's
    std::string typ;                 // empty: absent
};

// For all three: token_malformed unless said otherwise. detail() is a sentence for whoever looks after the
// server or a tool; answers to a client say the row's own sentence.

// Exactly three segments, of which the first and the last are not empty.
Result<Compact> split(std::string_view token, std::size_t max_size = max_token_size);

// Refused: what is not base64url of a JSON object; `alg` that has no row ("none" has none); `kid`, `typ` or `cty`
// that is no string; `crit`, `enc`, `zip`; `b64` but true. Keys in the header (`jwk`, `jku`, `x5u`, `x5c`) are never
// used.
Result<Header> parse_header(std::string_view segment);

// Whose signature it is. Refused: token_key_unknown if no key has the header's algorithm and `kid`;
// token_signature if no such key made the signature.
struct Signed {
    const Key* key;
    const Header* header;  // of this thread; until the next call
};
Result<Signed> verify_signature(const Compact& token, const KeySet& keys);

// The compact form of `payload`, any bytes, under `header`, a JSON object already written.
// Throws std::logic_error if the key does not sign.
std::string sign_compact(std::string_view header, std::string_view payload, const Key& key);

}  // namespace keyhold::jose
