// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648 §5, RFC 7515 §2), and nothing else that looks like it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyhold::base64url {

// Any bytes; the text has no '=' at its end, as JOSE wants it (RFC 7515 §2).
std::string encode(std::string_view bytes);
// The same behind what `out` holds already.
void append(std::string& out, std::string_view bytes);

// Empty for what encode() cannot have written: padding, '+', '/', white space, a length of 1 modulo 4, and
// bits left over at the end that are not zero (RFC 4648 §3.5), so that each text has one spelling.
std::optional<std::string> decode(std::string_view text);

// How many bytes a text of `characters` stands for.
constexpr std::size_t decoded_size(std::size_t characters) { return characters / 4 * 3 + characters % 4 * 3 / 4; }

// The same into `out`, which has room for at least decoded_size(text.size()) bytes; how many were written.
std::optional<std::size_t> decode(std::string_view text, std::span<char> out);

}  // namespace keyhold::base64url
