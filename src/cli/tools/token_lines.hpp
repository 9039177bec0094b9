// SPDX-License-Identifier: Apache-2.0
// `keyhold token verify`: what is said of one token, and of a stream of them.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "jose/jwt.hpp"

namespace keyhold::cli {

// Files hold larger tokens than requests do; a line beyond this is refused without being kept.
inline constexpr std::size_t max_token_line = 1024 * 1024;

enum class Format { text, json };

// What a line holds: a token, or a JWS whose payload is something else than claims.
struct Opened {
    std::string claims;   // as compact JSON; empty if there are none
    std::string payload;  // in base64url
};

// Checks the signature, then the claims if the payload is a JSON object. A payload that is none is a plain JWS and
// accepted as it is, unless its header's typ says JWT or it begins like an object: then it is token_malformed.
// Refused: as jose::explain(), with a sentence in detail().
Result<Opened> open_token(std::string_view token, const jose::KeySet& keys, const jose::Expectations& expectations,
                          Time now);

// Answers every line of `in` by one line of `out`: "ok CLAIMS" or "ok PAYLOAD" or "refused CODE: SENTENCE"; with
// Format::json {"ok":true,"claims":{}}, {"ok":true,"payload":""} or {"ok":false,"code":"","detail":""}. Lines end
// with LF or CR LF, the last one also with the end of the file. How many were refused.
std::size_t verify_lines(std::istream& in, std::ostream& out, const jose::KeySet& keys,
                         const jose::Expectations& expectations, Time now, Format format);

// Answers every line of `in` by the same refusal, where there is no key that could verify any. How many there were.
std::size_t refuse_lines(std::istream& in, std::ostream& out, const Error& why, Format format);

// What the payload holds, after a look at the header's `typ`; `claims` points into `document` if it is an object.
// Refused: token_malformed.
Result<Opened> open_payload(std::string_view segment, std::string_view typ, json::Document& document,
                            std::optional<json::Value>& claims);

// The first line of `in` without its end; longer ones are cut behind max_token_line + 1 bytes. False if there is none.
bool read_line(std::istream& in, std::string& line);

}  // namespace keyhold::cli
