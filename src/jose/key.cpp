// SPDX-License-Identifier: Apache-2.0
#include "jose/key.hpp"

#include <openssl/core_names.h>

#include <stdexcept>

#include "crypto/signature.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/key_state.hpp"
#include "jose/key_text.hpp"

namespace keyhold::jose {
namespace {

// The text of a key that is meant to be seen, or of one that signs otherwise: taken for a secret, it would let whoever
// has the public key sign (RFC 8725 §2.1).
bool is_key_text(std::string_view secret) {
    if (secret.find("-----BEGIN ") != std::string_view::npos) return true;
    for (const std::string_view ssh : {"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"})
        if (secret.starts_with(ssh)) return true;
    return false;
}

// What somebody gave who was asked for a key in PEM.
std::string sentence_of_no_key(std::string_view text) {
    const KeyTextKind& kind = kind_of_key_text(text);
    if (kind.form == KeyTextKind::Form::pem) return "This is " + std::string(kind.name) + " that cannot be read";
    return sentence_of_key_text(text, "a key or a certificate in PEM, not encrypted");
}

}  // namespace

crypto::Scheme scheme_of(const Algorithm& algorithm) {
    const bool is_ec = key_type_row(algorithm.key_type).kty == "EC";
    return {algorithm.digest, algorithm.padding, is_ec ? algorithm.signature_size : 0};
}

Key::Key(std::shared_ptr<State> state) : state_(std::move(state)) {}
Key::Key(Key&&) noexcept = default;
Key& Key::operator=(Key&&) noexcept = default;
Key::~Key() = default;

// The secret itself is not kept: Mac holds what it has computed of it.
Result<Key> Key::from_secret(const Algorithm& algorithm, std::string_view secret, std::string kid) {
    if (algorithm.key_type != KeyType::oct)
        return Error(errors::key_malformed, std::string(algorithm.name) + " takes no secret");
    if (secret.empty()) return Error(errors::key_weak, "The secret is empty");
    if (is_key_text(secret)) return Error(errors::key_malformed, "A key in PEM or of SSH is no secret");
    auto state = std::make_shared<State>();
    state->algorithm = &algorithm;
    state->kid = std::move(kid);
    state->mac.emplace(algorithm.digest, secret);
    state->signature_size = algorithm.signature_size;
    state->is_short = secret.size() < algorithm.min_key_size;
    state->can_sign = true;
    return Key(std::move(state));
}

// The row is found by what OpenSSL calls the key, since a PEM text names no algorithm of JOSE.
Result<Key> Key::from_pem(std::string_view pem, const Algorithm* named, std::string kid) {
    auto read = crypto::read_pem(pem);
    if (!read) return Error(errors::key_malformed, sentence_of_no_key(pem));
    // Empty for keys without a curve, as `openssl_group` of their rows is.
    char group[32] = "";
    EVP_PKEY_get_utf8_string_param(read->key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr);
    for (const KeyTypeRow& row : key_types) {
        if (row.openssl_type == nullptr || EVP_PKEY_is_a(read->key.get(), row.openssl_type) != 1) continue;
        if (std::string_view(group) != row.openssl_group) continue;
        if (auto checked = check_pkey(read->key, row, read->is_private); !checked) return checked.error();
        const auto algorithm = choose_algorithm(row, std::nullopt, named);
        if (!algorithm) return algorithm.error();
        if (!crypto::accepts(*read->key, scheme_of(**algorithm)))
            return Error(errors::key_malformed, "alg: the key's own parameters forbid it");
        auto state = std::make_shared<State>();
        state->algorithm = *algorithm;
        state->kid = std::move(kid);
        state->can_sign = read->is_private;
        state->signature_size = signature_size_of(*state->algorithm, read->key);
        state->pkey = std::move(read->key);
        return Key(std::move(state));
    }
    return Error(errors::key_malformed, "No algorithm of ours takes a key of this type");
}

Key Key::generate_es256() { return generate(*find_algorithm("ES256")); }

Key Key::generate(const Algorithm& algorithm) {
    const KeyTypeRow& row = key_type_row(algorithm.key_type);
    if (row.openssl_type == nullptr) throw std::logic_error("a secret is not generated here");
    auto state = std::make_shared<State>();
    state->algorithm = &algorithm;
    state->pkey = crypto::generate_pkey(row.openssl_type, row.openssl_group);
    state->signature_size = signature_size_of(algorithm, state->pkey);
    state->can_sign = true;
    Key key(std::move(state));
    // The thumbprint depends on the numbers alone, so the name says which key it is wherever it is read.
    key.state_->kid = key.thumbprint();
    return key;
}

Key Key::under(const Algorithm& algorithm) const {
    if (algorithm.key_type != state_->algorithm->key_type)
        throw std::logic_error("not an algorithm of this key's type");
    Key key = named(state_->kid);
    key.state_->algorithm = &algorithm;
    key.state_->signature_size = signature_size_of(algorithm, state_->pkey);
    return key;
}

bool Key::fits(const Algorithm& algorithm) const {
    return algorithm.key_type == state_->algorithm->key_type &&
           (!state_->pkey || crypto::accepts(*state_->pkey, scheme_of(algorithm)));
}

Key Key::named(std::string kid) const {
    if (!state_->pkey) throw std::logic_error("a symmetric key does not keep its secret");
    auto state = std::make_shared<State>();
    state->algorithm = state_->algorithm;
    state->kid = std::move(kid);
    // Both share OpenSSL's object, which counts its owners.
    crypto::require(EVP_PKEY_up_ref(state_->pkey.get()) == 1, "EVP_PKEY_up_ref");
    state->pkey.reset(state_->pkey.get());
    state->signature_size = state_->signature_size;
    state->can_sign = state_->can_sign;
    state->can_verify = state_->can_verify;
    return Key(std::move(state));
}

const Algorithm& Key::algorithm() const { return *state_->algorithm; }
const std::string& Key::kid() const { return state_->kid; }
bool Key::is_short() const { return state_->is_short; }
bool Key::is_symmetric() const { return state_->mac.has_value(); }
bool Key::can_sign() const { return state_->can_sign; }
bool Key::can_verify() const { return state_->can_verify; }
std::size_t Key::signature_size() const { return state_->signature_size; }

std::string Key::sign(std::string_view input) const {
    if (!state_->can_sign) throw std::logic_error("this key does not sign");
    if (state_->mac) return std::string(state_->mac->compute(input).data(), state_->mac->size());
    return crypto::sign(*state_->pkey, scheme_of(*state_->algorithm), input);
}

bool Key::verify(std::string_view input, std::string_view signature) const {
    if (!state_->can_verify || signature.size() != state_->signature_size) return false;
    if (state_->mac) return state_->mac->verify(input, signature);
    const crypto::Scheme scheme = scheme_of(*state_->algorithm);
    if (!state_->remembered) return crypto::verify(*state_->pkey, scheme, input, signature);
    const auto hash = state_->remembered->hash_of(input, signature);
    if (state_->remembered->holds(hash)) return true;
    if (!crypto::verify(*state_->pkey, scheme, input, signature)) return false;
    // Only behind a good verification, or a forged signature would be taken for good the second time.
    state_->remembered->add(hash);
    return true;
}

void Key::remember_signatures(std::size_t count) {
    SignatureMemory memory(count);
    if (!state_->mac) state_->remembered.emplace(std::move(memory));
}

std::size_t signature_size_of(const Algorithm& algorithm, const crypto::PKey& pkey) {
    if (algorithm.signature_size != 0) return algorithm.signature_size;
    return static_cast<std::size_t>(EVP_PKEY_get_size(pkey.get()));
}

Result<const Algorithm*> choose_algorithm(const KeyTypeRow& row, std::optional<std::string_view> alg,
                                          const Algorithm* named) {
    if (alg) {
        const Algorithm* const own = find_algorithm(*alg, row.type);
        if (own == nullptr) return Error(errors::key_malformed, "alg: not a signature algorithm for this kty");
        // RFC 8725 §3.1: a key has one algorithm, and its own word counts.
        if (named != nullptr && named->name != own->name)
            return Error(errors::key_malformed, "alg: another algorithm was asked for");
        return own;
    }
    if (named != nullptr) {
        const Algorithm* const asked_for = find_algorithm(named->name, row.type);
        if (asked_for == nullptr) return Error(errors::key_malformed, "alg: the one asked for does not fit the kty");
        return asked_for;
    }
    if (row.crv.empty()) return Error(errors::key_malformed, "alg: absent, and the kty leaves a choice");
    for (const Algorithm& candidate : algorithms)
        if (candidate.key_type == row.type) return &candidate;
    return Error(errors::key_malformed, "kty: no algorithm of ours");
}

}  // namespace keyhold::jose
