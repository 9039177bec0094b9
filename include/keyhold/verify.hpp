// SPDX-License-Identifier: Apache-2.0
// Protect a route of any C++ server: verify a bearer token (RFC 7519 in JWS compact form, RFC 6750 §2.1).
//
//   auto verifier = keyhold::Verifier::from_jwks(text, {.issuer = "https://id.example"});
//   auto token = verifier.verify_authorization(header);   // "Bearer eyJ..."
//   if (!token) return unauthorized(token.refusal());     // "token_expired"
//   greet(token->subject());
//
// Link keyhold::guard. No other library's header is included here. Keys that come from an issuer and change: guard.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <keyhold/export.hpp>

namespace keyhold {
inline namespace v1 {

struct VerifierOptions {
    std::string issuer;    // empty: `iss` is not looked at
    std::string audience;  // empty: a token that names an audience is refused (RFC 7519 §4.1.3)
    std::chrono::seconds leeway{0};
    bool allow_missing_expiry = false;  // otherwise a token without `exp` is refused
    // Of each key, in 32 bytes each: an ES256, RS256 or EdDSA token that comes again costs a digest. At most 16 M.
    std::size_t remembered_signatures = 0;
};

// A key that cannot be used: malformed, too weak, of an unknown algorithm. what() names the member, never its value.
class KEYHOLD_API InvalidKey : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A token whose signature and claims were checked: only a Verifier makes one. Views live as long as it does.
class KEYHOLD_API Token {
public:
    std::string_view subject() const;                                    // `sub`; empty if there is none
    std::optional<std::string_view> claim(std::string_view name) const;  // a claim that is a string
    std::optional<std::int64_t> integer_claim(std::string_view name) const;
    std::string claims_json() const;  // all of them, compact

    Token(Token&&) noexcept;
    Token& operator=(Token&&) noexcept;
    ~Token();

private:
    friend class Verifier;
    struct State;
    explicit Token(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// A Token, or why there is none.
class KEYHOLD_API Verification {
public:
    explicit operator bool() const { return token_.has_value(); }
    const Token& operator*() const { return token_.value(); }    // throws std::bad_optional_access if refused
    const Token* operator->() const { return &token_.value(); }  // the same
    // "not_authenticated" (no bearer token came), "token_malformed", "token_signature", "token_key_unknown",
    // "token_expired", "token_not_yet_valid", "token_claims"; empty if it was verified. The words are stable; they
    // are for logs: to strangers all refusals read alike.
    std::string_view refusal() const { return refusal_; }

private:
    friend class Verifier;
    std::optional<Token> token_;
    std::string_view refusal_;
};

// Holds the keys. Made once, used by any number of threads at once; must outlive its tokens.
class KEYHOLD_API Verifier {
public:
    // An HMAC secret, as SECRET_KEY in the FastAPI tutorial; `algorithm` is HS256, HS384 or HS512.
    // Throws InvalidKey if it is empty or the text of a key in PEM, and if the algorithm is another.
    static Verifier from_secret(std::string_view secret, std::string_view algorithm = "HS256",
                                VerifierOptions options = {});
    // The text of a JWK or of a JWK Set (RFC 7517). Throws InvalidKey if no key in it can be used.
    static Verifier from_jwks(std::string_view text, VerifierOptions options = {});
    // The text of one public key: SubjectPublicKeyInfo, PKCS #1, or an X.509 certificate, of which only the key counts.
    // Throws InvalidKey, whose what() names what was given instead.
    static Verifier from_pem(std::string_view pem, VerifierOptions options = {});

    // Texts over 8 KiB are refused before anything is parsed. `now`: the system's time unless a test says otherwise.
    Verification verify(std::string_view token,
                        std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const;
    // The value of an Authorization field: "Bearer", in any case, one space or more, the token (RFC 9110 §11.4).
    Verification verify_authorization(
        std::string_view field, std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const;

    Verifier(Verifier&&) noexcept;
    Verifier& operator=(Verifier&&) noexcept;
    ~Verifier();

private:
    struct State;
    struct Make;
    explicit Verifier(std::unique_ptr<State> state);
    std::unique_ptr<const State> state_;
};

}  // namespace v1
}  // namespace keyhold
