// SPDX-License-Identifier: Apache-2.0
// Keys to JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2), and their thumbprints (RFC 7638).
#include <string.h>

#include <map>
#include <stdexcept>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jose/algorithm.hpp"
#include "jose/jwk_numbers.hpp"
#include "jose/key_state.hpp"

namespace keyhold::jose {
namespace {

using Half = NumberRow::Half;

std::optional<std::string> read_number(const EVP_PKEY& pkey, const KeyTypeRow& row, const NumberRow& number) {
    return row.kty == "OKP" ? crypto::octets_of(pkey, number.openssl_name)
                            : crypto::number_of(pkey, number.openssl_name, row.coordinate_size);
}

// The numbers of elliptic curves have the width of the curve (RFC 7518 §6.2.1.2), those of RSA no leading zeros
// (§6.3.1).
std::string write_jwk(const Key& key, const EVP_PKEY& pkey, bool with_private) {
    const KeyTypeRow& row = key_type_row(key.algorithm().key_type);
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    writer.member("kty", row.kty);
    if (!row.crv.empty()) writer.member("crv", row.crv);
    for (const NumberRow& number : number_rows) {
        if (number.kty != row.kty || (number.half != Half::public_half && !with_private)) continue;
        auto bytes = read_number(pkey, row, number);
        if (!bytes) continue;  // an RSA key that came without its primes
        writer.member(number.member, base64url::encode(*bytes));
        // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer): nothing came between
        explicit_bzero(bytes->data(), bytes->size());
    }
    writer.member("alg", key.algorithm().name);
    writer.member("use", "sig");
    if (!key.kid().empty()) writer.member("kid", key.kid());
    writer.end_object();
    return text;
}

}  // namespace

std::string Key::public_jwk() const {
    if (!state_->pkey) throw std::logic_error("a symmetric key has no public half");
    return write_jwk(*this, *state_->pkey, false);
}

Secret Key::private_jwk() const {
    if (!state_->pkey || !state_->can_sign) throw std::logic_error("this key has no private half to show");
    return Secret(write_jwk(*this, *state_->pkey, true));
}

std::string Key::thumbprint() const {
    if (!state_->pkey) throw std::logic_error("a symmetric key has no thumbprint");
    // RFC 7638 §3: the required members in lexicographic order, without white space. All of it is ASCII.
    const KeyTypeRow& row = key_type_row(state_->algorithm->key_type);
    std::map<std::string_view, std::string> members{{"kty", std::string(row.kty)}};
    if (!row.crv.empty()) members.emplace("crv", row.crv);
    for (const NumberRow& number : number_rows)
        if (number.kty == row.kty && number.half == Half::public_half)
            members.emplace(number.member, base64url::encode(*read_number(*state_->pkey, row, number)));
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    // std::map keeps the names in the order that §3.3 asks for.
    for (const auto& [name, value] : members) writer.member(name, value);
    writer.end_object();
    return base64url::encode(crypto::sha256(text));
}

}  // namespace keyhold::jose
