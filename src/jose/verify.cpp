// SPDX-License-Identifier: Apache-2.0
// The public face of jose/: include/keyhold/verify.hpp.
#include "keyhold/verify.hpp"

#include <utility>

#include "base/bearer.hpp"
#include "jose/errors.hpp"
#include "jose/jwt.hpp"
#include "jose/key_text.hpp"

namespace keyhold {
namespace {

jose::Expectations expectations_of(VerifierOptions&& options) {
    jose::Expectations expectations;
    expectations.issuer = std::move(options.issuer);
    expectations.audience = std::move(options.audience);
    expectations.leeway = options.leeway;
    expectations.expiry_required = !options.allow_missing_expiry;
    return expectations;
}

}  // namespace

struct Token::State {
    jose::VerifiedToken token;
};

Token::Token(std::unique_ptr<State> state) : state_(std::move(state)) {}
Token::Token(Token&&) noexcept = default;
Token& Token::operator=(Token&&) noexcept = default;
Token::~Token() = default;

std::string_view Token::subject() const { return state_->token.subject(); }
std::optional<std::string_view> Token::claim(std::string_view name) const { return state_->token.string_claim(name); }
std::optional<std::int64_t> Token::integer_claim(std::string_view name) const {
    const auto claim = state_->token.claims().find(name);
    return claim ? claim->integer() : std::nullopt;
}
std::string Token::claims_json() const {
    std::string text;
    json::append_value(text, state_->token.claims());
    return text;
}

struct Verifier::State {
    jose::KeySet keys;
    jose::Expectations expectations;
};

Verifier::Verifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;
Verifier::~Verifier() = default;

// Result on the inside, exceptions on the outside: what is refused of a key is thrown to a program that has one key and
// cannot go on.
struct Verifier::Make {
    static Verifier from(Result<jose::KeySet> keys, VerifierOptions&& options) {
        if (!keys) throw InvalidKey(std::string(keys.error().detail()));
        if (options.remembered_signatures != 0) keys->remember_signatures(options.remembered_signatures);
        return Verifier(std::make_unique<State>(State{std::move(*keys), expectations_of(std::move(options))}));
    }
};

Verifier Verifier::from_secret(std::string_view secret, std::string_view algorithm, VerifierOptions options) {
    return Make::from(jose::parse_secret(secret, algorithm), std::move(options));
}

Verifier Verifier::from_jwks(std::string_view text, VerifierOptions options) {
    return Make::from(jose::parse_jwks(text), std::move(options));
}

Verifier Verifier::from_pem(std::string_view pem, VerifierOptions options) {
    return Make::from(jose::parse_public_pem(pem), std::move(options));
}

// The sentence of the refusal is left out on purpose: only the stable word goes to the caller.
Verification Verifier::verify(std::string_view token, std::chrono::system_clock::time_point now) const {
    Verification outcome;
    auto verified = jose::verify(token, state_->keys, state_->expectations,
                                 std::chrono::time_point_cast<std::chrono::seconds>(now));
    if (verified)
        outcome.token_.emplace(Token(std::make_unique<Token::State>(Token::State{std::move(*verified)})));
    else
        outcome.refusal_ = verified.error().row().code;
    return outcome;
}

Verification Verifier::verify_authorization(std::string_view field, std::chrono::system_clock::time_point now) const {
    const auto token = bearer_token(field);
    if (token && !token->empty()) return verify(*token, now);
    Verification outcome;
    outcome.refusal_ = (token ? errors::token_malformed : errors::not_authenticated).code;
    return outcome;
}

}  // namespace keyhold
