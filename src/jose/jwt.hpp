// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens (RFC 7519) in JWS compact form, read as strictly as RFC 8725 asks.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "jose/jws.hpp"
#include "jose/key.hpp"

namespace keyhold::jose {

// What the reader demands beyond a good signature.
// Given to each verification and not kept; what the views and the pointer lead to must hold that long.
struct Expectations {
    std::string issuer;    // empty: `iss` is not looked at
    std::string audience;  // empty: a token that names an audience is refused (RFC 7519 §4.1.3)
    std::chrono::seconds leeway{0};
    std::chrono::seconds issuer_ahead{0};  // how far the issuer's clock may be ahead of ours: for `nbf` and `iat`
    bool expiry_required = true;           // a token without `exp` is refused
    bool audience_ignored = false;         // for tools that look at tokens made for others
    std::string type;        // what `typ` must say (RFC 8725 §3.11), as in "at+jwt"; empty: it is not looked at
    std::string other_type;  // or this, if `type` is demanded; empty: nothing else
    // Any of these, or no `typ` at all; empty: it is not looked at.
    std::span<const std::string_view> types{};
    // What is demanded of tokens under a shared secret instead; null: the same.
    const Expectations* under_secret = nullptr;
};

// A token whose signature and claims were checked. Only verify() makes one. Views live as long as it does.
// Owns the parsed claims; the text of the token may go. Movable, and usable on another thread than the one that made
// it.
class VerifiedToken {
public:
    std::string_view subject() const { return subject_; }  // empty if there is none
    json::Value claims() const { return *claims_; }        // always an object
    std::optional<std::string_view> string_claim(std::string_view name) const;
    const Key& key() const { return *key_; }

private:
    // Its memory goes back to the thread that drops it, for the next token.
    struct Recycle {
        void operator()(json::Document* document) const noexcept;
    };
    VerifiedToken() = default;
    friend Result<VerifiedToken> explain(std::string_view, const KeySet&, const Expectations&, Time);
    std::unique_ptr<json::Document, Recycle> document_;
    std::optional<json::Value> claims_;
    std::string_view subject_;
    const Key* key_ = nullptr;
};

// Refused: token_malformed, token_signature, token_key_unknown, then (the signature being good)
// token_expired (exp <= now - leeway), token_not_yet_valid (nbf or iat in the future), token_claims (a claim
// absent, of the wrong type or not what is expected; RFC 7519 §4.1).
// Texts over 8 KiB are refused before anything is parsed. Any thread; `keys` must outlive the result.
Result<VerifiedToken> verify(std::string_view token, const KeySet& keys, const Expectations& expectations, Time now);

// The same for logs and tools: detail() of a refusal is a sentence about this token. It is not for answers,
// where all refusals read alike.
Result<VerifiedToken> explain(std::string_view token, const KeySet& keys, const Expectations& expectations, Time now);

// Whether `typ` of a header says this (RFC 7515 §4.1.9): a media type, whose "application/" may be left out and whose
// case does not matter.
bool is_type(std::string_view typ, std::string_view wanted);

// What verify() asks behind a good signature: the header's type, then the claims, by the demands on the key's kind.
Result<> check_token(const Signed& signature, const json::Value& claims, const Expectations& expectations, Time now);

// The claims part of verify() for claims whose signature was checked. `claims` is an object.
Result<> check_claims(const json::Value& claims, const Expectations& expectations, Time now);

// header {"alg","typ","kid"?} and `claims`, a JSON object already written, signed by `key`.
// Throws std::logic_error if the key does not sign. What the claims say is the caller's to decide: nothing is added.
std::string issue(std::string_view claims, const Key& key, std::string_view typ = "JWT");

}  // namespace keyhold::jose
