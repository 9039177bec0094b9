// SPDX-License-Identifier: Apache-2.0
// `keyhold token inspect`: what is in one token, and in one sentence why a reader refuses it.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/tools/token_lines.hpp"
#include "jose/jwt.hpp"

namespace keyhold::cli {

// What the one who looks knows beside the token. Whatever is absent is not asked, and nothing is said about it.
// What it points to has to outlive the call.
struct Knowledge {
    const jose::KeySet* keys = nullptr;  // null: the signature is not checked
    jose::Expectations expectations;     // of the reader for whom this is asked

    // Of a token that is good in itself: why the server refuses it even so, a sentence ("Its session was ended by a
    // change of the password on ..."); empty if it does not. Its claims are those of a good signature, by this key.
    std::function<std::optional<Error>(const json::Value& claims, const jose::Key& key)> why_not_live;

    // Of a `kid` that none of `keys` has: what became of that key, a sentence ("The key "k1" was retired on ...");
    // empty if nothing is known of it.
    std::function<std::string(std::string_view kid)> what_became_of_key;
};

enum class SignatureState : std::uint8_t { not_checked, good, bad };

struct Inspected {
    std::string header;  // compact JSON
    Opened body;
    SignatureState signature = SignatureState::not_checked;
    std::optional<Error> refusal;  // the first thing that a reader refuses it for; detail() is a sentence with figures
    std::string praise;            // without a refusal: a sentence on how long it is good and under which key
};

// Refused: token_malformed, if there is nothing in it to show.
Result<Inspected> inspect_token(std::string_view token, const Knowledge& knowledge, Time now);

// Three lines: "header {}", "claims {}" or "payload ...", and "refused CODE: SENTENCE", "ok SENTENCE" or, where no
// signature was checked, "unchecked SENTENCE". With Format::json one object: "verified" (a good signature and nothing
// against it), "signature" ("good", "bad", "not_checked"), "header", "claims" or "payload", "refused" (null, or "code"
// and "detail") and "detail" (the sentence).
void write_inspected(std::ostream& out, const Inspected& inspected, Format format);

}  // namespace keyhold::cli
