// SPDX-License-Identifier: Apache-2.0
// What a key of a pair must pass before it is used, wherever it came from.
#include <openssl/core_names.h>
#include <openssl/err.h>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "jose/key_state.hpp"

#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

using Check = int (*)(EVP_PKEY_CTX*);

bool passes(const crypto::PKey& pkey, Check check) {
    const crypto::PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey.get(), nullptr));
    const bool passed = context && check(context.get()) == 1;
    ERR_clear_error();
    return passed;
}

// ROCA (CVE-2017-15361; Nemec et al., "The Return of Coppersmith's Attack", 2017, §2 and §5): a library in smart cards
// and TPMs made primes of the form k * M + (65537^a mod M), M the product of the first primes, at least of those up to
// 167. So its moduli are powers of 65537 modulo each of these; of other moduli, one in 10^8.
bool is_roca(const BIGNUM& modulus) {
    constexpr std::array<BN_ULONG, 39> primes{2,   3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,
                                              43,  47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101,
                                              103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    for (const BN_ULONG prime : primes) {
        const BN_ULONG residue = BN_mod_word(&modulus, prime);
        BN_ULONG power = 1;
        while (power != residue) {
            power = power * 65537 % prime;
            if (power == 1) return false;  // all of its powers were seen
        }
    }
    return true;
}

// RFC 8017 §3.2, where the primes are there: what d signs alone and what p, q, dp, dq and qi sign together is the same.
// A signature does not show it, as OpenSSL takes the other way where one fails. (Its own check of pairs also tests the
// primes for being prime: 5 s at 8192 bits.)
bool is_consistent(const EVP_PKEY& pkey) {
    const auto read = [&](const char* name) {
        BIGNUM* number = nullptr;
        EVP_PKEY_get_bn_param(&pkey, name, &number);
        ERR_clear_error();
        return crypto::BigNumber(number);
    };
    const auto p = read(OSSL_PKEY_PARAM_RSA_FACTOR1), q = read(OSSL_PKEY_PARAM_RSA_FACTOR2);
    if (!p && !q) return true;
    const auto n = read(OSSL_PKEY_PARAM_RSA_N), e = read(OSSL_PKEY_PARAM_RSA_E), d = read(OSSL_PKEY_PARAM_RSA_D);
    const auto dp = read(OSSL_PKEY_PARAM_RSA_EXPONENT1), dq = read(OSSL_PKEY_PARAM_RSA_EXPONENT2);
    const auto qi = read(OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
    const std::unique_ptr<BN_CTX, crypto::Free<BN_CTX_free>> context(BN_CTX_secure_new());
    const crypto::BigNumber p_1(BN_secure_new()), q_1(BN_secure_new()), product(BN_secure_new());
    if (!p || !q || !n || !e || !d || !dp || !dq || !qi) return false;
    crypto::require(context && p_1 && q_1 && product, "BN_secure_new");
    if (BN_is_zero(p.get()) || BN_is_zero(q.get()) || BN_is_one(p.get()) || BN_is_one(q.get())) return false;
    crypto::require(BN_sub(p_1.get(), p.get(), BN_value_one()) == 1 && BN_sub(q_1.get(), q.get(), BN_value_one()) == 1,
                    "BN_sub");
    const auto is_one = [&](const BIGNUM* a, const BIGNUM* b, const BIGNUM* modulus) {
        return BN_mod_mul(product.get(), a, b, modulus, context.get()) == 1 && BN_is_one(product.get());
    };
    const auto leaves = [&](const BIGNUM* modulus, const BIGNUM* remainder) {
        return BN_mod(product.get(), d.get(), modulus, context.get()) == 1 && BN_cmp(product.get(), remainder) == 0;
    };
    return BN_mul(product.get(), p.get(), q.get(), context.get()) == 1 && BN_cmp(product.get(), n.get()) == 0 &&
           is_one(e.get(), d.get(), p_1.get()) && is_one(e.get(), d.get(), q_1.get()) && leaves(p_1.get(), dp.get()) &&
           leaves(q_1.get(), dq.get()) && is_one(q.get(), qi.get(), p.get());
}

// Fermat's test to the base 2. It says of nearly every prime and of no other number that a key could have by chance
// that it may be prime, for the price of one signature; OpenSSL's check takes 64 times as long to be sure of one.
bool may_be_prime(const BIGNUM& number) {
    const std::unique_ptr<BN_CTX, crypto::Free<BN_CTX_free>> context(BN_CTX_new());
    const crypto::BigNumber two(BN_new()), exponent(BN_dup(&number)), power(BN_new());
    crypto::require(context && two && exponent && power && BN_set_word(two.get(), 2) == 1 &&
                        BN_sub_word(exponent.get(), 1) == 1 &&
                        BN_mod_exp(power.get(), two.get(), exponent.get(), &number, context.get()) == 1,
                    "BN_mod_exp");
    return BN_is_one(power.get());
}

Result<> check_rsa(const crypto::PKey& pkey, const KeyTypeRow&, bool) {
    // RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used".
    if (EVP_PKEY_get_bits(pkey.get()) < 2048) return Error(errors::key_weak, "n: RSA needs at least 2048 bits");
    if (EVP_PKEY_get_bits(pkey.get()) > 16384) return Error(errors::key_malformed, "n: over 16384 bits");
    const auto exponent = crypto::number_of(*pkey, OSSL_PKEY_PARAM_RSA_E, 0);
    const auto modulus = crypto::number_of(*pkey, OSSL_PKEY_PARAM_RSA_N, 0);
    if (!exponent || !modulus || (modulus->back() & 1) == 0) return Error(errors::key_malformed, "n: even");
    if (exponent->empty() || (exponent->back() & 1) == 0 || *exponent == "\x01")
        return Error(errors::key_weak, "e: even or 1");
    // FIPS 186-5 §5.1; a verification would take as long as a signature, or longer.
    if (exponent->size() > 32) return Error(errors::key_malformed, "e: over 256 bits");
    const crypto::BigNumber number(BN_bin2bn(crypto::bytes_of(*modulus), static_cast<int>(modulus->size()), nullptr));
    crypto::require(number != nullptr, "a number");
    // SP 800-56B §6.4.2.2: a composite number, no power of a prime, no factor below 752.
    if (may_be_prime(*number) || !passes(pkey, EVP_PKEY_public_check))
        return Error(errors::key_weak, "n: prime, or with a small factor");
    if (is_roca(*number)) return Error(errors::key_weak, "n: can be factored (ROCA, CVE-2017-15361)");
    if (!is_consistent(*pkey)) return Error(errors::key_malformed, "d, p, q, dp, dq, qi: not of one key");
    return {};
}

// RFC 8032 §5.1.3 decodes the point; one of small order "verifies" what nobody signed.
Result<> check_ed25519(const crypto::PKey& pkey, const KeyTypeRow&, bool) {
    const auto point = crypto::octets_of(*pkey, OSSL_PKEY_PARAM_PUB_KEY);
    if (!point || point->size() != crypto_core_ed25519_BYTES ||
        crypto_core_ed25519_is_valid_point(crypto::bytes_of(*point)) != 1)
        return Error(errors::key_weak, "x: not a point of the curve, or of small order");
    return {};
}

// RFC 8032 §5.2.3, as far as it says whether there is such a point: x^2 = (y^2 - 1) / (d y^2 - 1) has a root. The
// points of small order are those with y = 1, -1 and 0.
Result<> check_ed448(const crypto::PKey& pkey, const KeyTypeRow& row, bool) {
    const Error refused(errors::key_weak, "x: not a point of the curve, or of small order");
    auto point = crypto::octets_of(*pkey, OSSL_PKEY_PARAM_PUB_KEY);
    // The last byte holds nothing but the sign of x.
    if (!point || point->size() != row.coordinate_size || (point->back() & 0x7F) != 0) return refused;
    const std::unique_ptr<BN_CTX, crypto::Free<BN_CTX_free>> context(BN_CTX_new());
    const crypto::BigNumber y(BN_lebin2bn(crypto::bytes_of(*point), static_cast<int>(point->size() - 1), nullptr)),
        p(BN_new()), square(BN_new()), above(BN_new()), below(BN_new()), half(BN_new());
    crypto::require(context && y && p && square && above && below && half, "BN_new");
    constexpr BN_ULONG minus_d = 39081;
    const auto done = [](int code) { crypto::require(code == 1, "arithmetic"); };
    // p = 2^448 - 2^224 - 1, and half is (p - 1) / 2.
    done(BN_set_bit(p.get(), 448));
    done(BN_set_bit(half.get(), 224));
    done(BN_sub(p.get(), p.get(), half.get()));
    done(BN_sub_word(p.get(), 1));
    done(BN_rshift1(half.get(), p.get()));
    if (BN_cmp(y.get(), p.get()) >= 0 || BN_is_zero(y.get())) return refused;
    done(BN_mod_sqr(square.get(), y.get(), p.get(), context.get()));
    done(BN_mod_sub(above.get(), square.get(), BN_value_one(), p.get(), context.get()));
    if (BN_is_zero(above.get())) return refused;
    // The divisor is -(39081 y^2 + 1); that a quotient has a root, the product says as well (Euler's criterion).
    done(BN_mul_word(square.get(), minus_d));
    done(BN_add_word(square.get(), 1));
    done(BN_mod_sub(below.get(), p.get(), square.get(), p.get(), context.get()));
    done(BN_mod_mul(above.get(), above.get(), below.get(), p.get(), context.get()));
    done(BN_mod_exp(above.get(), above.get(), half.get(), p.get(), context.get()));
    return BN_is_one(above.get()) ? Result<>() : Result<>(refused);
}

Result<> check_ec(const crypto::PKey& pkey, const KeyTypeRow&, bool has_private) {
    if (!passes(pkey, EVP_PKEY_public_check)) return Error(errors::key_malformed, "x, y: not a point of the curve");
    // SEC 1 §3.2.1: d is from 1 to n - 1.
    if (has_private && !passes(pkey, EVP_PKEY_private_check))
        return Error(errors::key_malformed, "d: not a number of the curve");
    return {};
}

// What is asked of the numbers of a key: the same for all curves that OpenSSL checks (EC), and of each curve of its own
// for those whose points it does not (OKP). A pair of a type for which no row stands here does not compile.
struct NumbersCheck {
    std::string_view kty;
    std::string_view crv;  // empty: whatever the curve
    Result<> (*check)(const crypto::PKey&, const KeyTypeRow&, bool has_private);
};
constexpr std::array numbers_checks{
    NumbersCheck{"RSA", "", check_rsa},
    NumbersCheck{"EC", "", check_ec},
    NumbersCheck{"OKP", "Ed25519", check_ed25519},
    NumbersCheck{"OKP", "Ed448", check_ed448},
};
constexpr const NumbersCheck* find_check(const KeyTypeRow& row) {
    for (const NumbersCheck& known : numbers_checks)
        if (known.kty == row.kty && (known.crv.empty() || known.crv == row.crv)) return &known;
    return nullptr;
}
static_assert(std::ranges::all_of(key_types, [](const KeyTypeRow& row) {
    const bool has_pair = row.openssl_type != nullptr;
    return has_pair == (find_check(row) != nullptr);
}));

Result<> check_numbers(const crypto::PKey& pkey, const KeyTypeRow& row, bool has_private) {
    const NumbersCheck* const known = find_check(row);
    if (known == nullptr) throw std::logic_error("a secret has no numbers to be checked");
    return known->check(pkey, row, has_private);
}

// Do the halves belong together? Then what one signs, the other verifies.
bool is_pair(const crypto::PKey& pkey, KeyType type) {
    const Algorithm* signs = nullptr;
    for (const Algorithm& candidate : algorithms)
        if (candidate.key_type == type && signs == nullptr && crypto::accepts(*pkey, scheme_of(candidate)))
            signs = &candidate;
    if (signs == nullptr) return false;
    try {
        constexpr std::string_view message = "the two halves of one key";
        const std::string signature = crypto::sign(*pkey, scheme_of(*signs), message);
        return crypto::verify(*pkey, scheme_of(*signs), message, signature);
    } catch (const std::runtime_error&) {
        return false;  // OpenSSL notices some mismatches when it signs
    }
}

}  // namespace

// Order matters: the public half first, as nothing should be computed with a private one that belongs to a bad curve or
// modulus.
Result<> check_pkey(const crypto::PKey& pkey, const KeyTypeRow& row, bool has_private) {
    if (auto checked = check_numbers(pkey, row, has_private); !checked) return checked;
    if (has_private && !is_pair(pkey, row.type))
        return Error(errors::key_malformed, "d: does not belong to the public half");
    return {};
}

}  // namespace keyhold::jose
