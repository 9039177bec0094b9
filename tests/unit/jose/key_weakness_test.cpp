// SPDX-License-Identifier: Apache-2.0
// Keys that are well formed and must not be used even so. Each stands next to a good one that differs in one thing.
#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "crypto/openssl.hpp"
#include "fixtures.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

std::string code(std::string_view jwk, const Algorithm* named = nullptr) { return code_of(parse_key(jwk, named)); }
const Algorithm* rs256() { return find_algorithm("RS256"); }
const std::string& rsa() { return vector_of("RFC 7515 A.2").jwk; }
const std::string& p256() { return vector_of("RFC 7515 A.3").jwk; }
const std::string& okp() { return vector_of("RFC 8037 A.4").jwk; }

std::string base64url_string(std::string_view bytes) { return '"' + base64url::encode(bytes) + '"'; }
std::string octets_of(const BIGNUM* number) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, crypto::bytes_of(bytes));
    return bytes;
}
std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}
std::string public_rsa(const std::string& n) { return R"({"kty":"RSA","alg":"RS256","e":"AQAB","n":)" + n + "}"; }

// SP 800-56B §6.4.2.2.
TEST(WeakKeys, a_modulus_that_anybody_factors_is_refused) {
    json::Document document;
    ASSERT_EQ(code(public_rsa('"' + std::string(*document.parse(rsa())->find("n")->string()) + '"')), "accepted");
    const crypto::BigNumber prime(BN_get_rfc3526_prime_2048(nullptr));
    EXPECT_EQ(code(public_rsa(base64url_string(octets_of(prime.get())))), "key_weak") << "RFC 3526 §3: a prime";
    const crypto::BigNumber root(BN_get_rfc2409_prime_1024(nullptr)), square(BN_new());
    const std::unique_ptr<BN_CTX, crypto::Free<BN_CTX_free>> context(BN_CTX_new());
    ASSERT_EQ(BN_sqr(square.get(), root.get(), context.get()), 1);
    EXPECT_EQ(code(public_rsa(base64url_string(octets_of(square.get())))), "key_weak")
        << "RFC 2409 §6.2: the square of a prime";
    EXPECT_EQ(code(public_rsa(base64url_string(std::string(256, '\xFF')))), "key_weak")
        << "2^2048 - 1 is 3 * 5 * 17 * ...";
}

// CVE-2017-15361. Made by the formula of Nemec et al. (2017), §2: the product of two primes of 1024 bits of the form
// k * M + (65537^a mod M), where M is the product of the first 126 primes.
TEST(WeakKeys, a_modulus_with_the_mark_of_roca_is_refused) {
    const std::string jwk = public_rsa(
        "\"3VLYXCpQ1izGXw_MuPg_Rt00PTMMzFqbbKFNEaUuGforr-jvFrWxu0VBzRsla1-2U0T3NUoA4WQZ_vaE2nmEprqyFv3-_"
        "8xSQfEvnO4t9cfo4p"
        "sNGIwc6Bqi8Sexr5N6aJJAe_hyYzoVSFB_AOAyw42C6iVL7m8gVHb-YNyVKcMbefX3h6A4Na8ginBwUuAjh9m8TXUGYQZast6D-HicT2fQPQ_"
        "SCN"
        "nsOHJbOqQuRml-BNlJBr8T2bC8QE8xtpZ14ykTUmWskvRoSPJehXhvOUdBGv-"
        "Atd7jgnP4DEDCGpEqPIIdiH2ui2ShdIIdDS6fCvK4Y0A5IT3BTP"
        "DwJtbl7w\"");
    const auto key = parse_key(jwk);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().errc(), errors::key_weak);
    EXPECT_NE(key.error().detail().find("ROCA"), std::string_view::npos);
}

TEST(WeakKeys, a_public_exponent_is_odd_and_of_at_most_256_bits) {
    const std::string jwk = with(rsa(), "d", "");
    std::string bare = jwk;
    for (const char* member : {"p", "q", "dp", "dq", "qi"}) bare = with(bare, member, "");
    EXPECT_EQ(code(with(bare, "e", base64url_string("\x03")), rs256()), "accepted");
    EXPECT_EQ(code(with(bare, "e", base64url_string('\x01' + std::string(30, '\0') + '\x01')), rs256()), "accepted");
    EXPECT_EQ(code(with(bare, "e", base64url_string('\x01' + std::string(31, '\0') + '\x01')), rs256()),
              "key_malformed");
    EXPECT_EQ(code(with(bare, "e", base64url_string("\x01")), rs256()), "key_weak");
}

// OpenSSL signs without the numbers that fail it, so that a signature alone would not show this.
TEST(WeakKeys, each_private_number_of_an_rsa_key_belongs_to_the_others) {
    ASSERT_EQ(code(rsa(), rs256()), "accepted");
    const Vector& other = vector_of("RFC 7520 §4.1");
    json::Document document;
    const auto numbers = document.parse(other.jwk);
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "n"}) {
        const std::string value = '"' + std::string(*numbers->find(member)->string()) + '"';
        EXPECT_EQ(code(with(rsa(), member, value), rs256()), "key_malformed") << member;
    }
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi"})
        EXPECT_EQ(code(with(rsa(), member, base64url_string("\x01")), rs256()), "key_malformed") << member;
}

// RFC 7518 §6.3.2: a private key has d. Whoever publishes p beside n has published the private key.
TEST(WeakKeys, private_numbers_of_rsa_without_d_are_no_public_key) {
    std::string bare = with(rsa(), "d", "");
    EXPECT_EQ(code(bare, rs256()), "key_malformed");
    for (const char* member : {"p", "q", "dp", "dq", "qi"}) bare = with(bare, member, "");
    EXPECT_EQ(code(bare, rs256()), "accepted");
    for (const char* member : {"p", "q", "dp", "dq", "qi"})
        EXPECT_EQ(code(with(bare, member, base64url_string("\x01")), rs256()), "key_malformed") << member;
}

// SEC 1 §3.2.1; n is SEC 2 §2.4.2's.
TEST(WeakKeys, the_private_number_of_a_curve_is_below_its_order) {
    const std::string order = bytes_of_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    EXPECT_EQ(code(with(p256(), "d", base64url_string(order))), "key_malformed");
    EXPECT_EQ(code(with(p256(), "d", base64url_string(std::string(32, '\xFF')))), "key_malformed");
    EXPECT_EQ(code(with(p256(), "d", base64url_string(std::string(32, '\0')))), "key_malformed");
    // d = 1 is the base point's (SEC 2 §2.4.2): odd, but a pair.
    const std::string base =
        R"({"kty":"EC","crv":"P-256","x":)" +
        base64url_string(bytes_of_hex("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296")) +
        R"(,"y":)" +
        base64url_string(bytes_of_hex("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")) + "}";
    EXPECT_EQ(code(with(base, "d", base64url_string(std::string(31, '\0') + '\x01'))), "accepted");
    EXPECT_EQ(code(with(base, "d", base64url_string(std::string(31, '\0') + '\x02'))), "key_malformed");
}

// Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), table 6: every encoding of a point of small order.
TEST(WeakKeys, an_ed25519_point_of_small_order_is_refused) {
    const auto jwk = [](std::string_view hex) { return with(okp(), "x", base64url_string(bytes_of_hex(hex))); };
    const auto public_jwk = [&](std::string_view hex) { return with(jwk(hex), "d", ""); };
    // RFC 8032 §7.1, tests 1 and 2.
    ASSERT_EQ(code(jwk("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")), "accepted");
    ASSERT_EQ(code(public_jwk("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")), "accepted");
    for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0000000000000000000000000000000000000000000000000000000000000080",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000080",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                              "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                              "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"})
        EXPECT_EQ(code(public_jwk(point)), "key_weak") << point;
}

// RFC 8032 §5.1.3, steps 1 and 2.
// RFC 8032 §5.2: y of the points of order 1, 2 and 4 is 1, -1 and 0, and p = 2^448 - 2^224 - 1. The first is good
// (Wycheproof, ed448_test.json).
TEST(WeakKeys, an_ed448_key_is_a_point_of_the_curve_and_not_of_small_order) {
    const auto jwk = [](std::string_view point) {
        return R"({"kty":"OKP","crv":"Ed448","x":")" + base64url::encode(point) + "\"}";
    };
    const std::string good =
        base64url::decode("QZYQpTSvEn9YOwSBjNt_D_MAsCXy4BaCvK4z_Wkc7gOVEd8M3caQ7peEJuizjlDOWvfc-6UPcEwA").value();
    EXPECT_TRUE(KeySet::parse(jwk(good)));
    const std::string zero(57, '\0');
    std::string one = zero, p(57, '\xFF');
    one[0] = 1;
    p[28] = '\xFE';
    p[56] = 0;
    std::string minus_one = p, p_and_one = zero;
    minus_one[0] = '\xFE';
    for (int i = 28; i < 56; ++i) p_and_one[static_cast<std::size_t>(i)] = '\xFF';  // p + 1: 1 in another spelling
    std::string signed_one = one, signed_zero = zero, beyond = good, not_on_it = zero;
    signed_one[56] = signed_zero[56] = '\x80';
    beyond[56] = 1;
    not_on_it[0] = 2;  // no x fits y = 2: computed with Python's integers
    for (const std::string& bad : {zero, one, minus_one, p, p_and_one, signed_one, signed_zero, beyond, not_on_it})
        EXPECT_EQ(code_of(KeySet::parse(jwk(bad))), "key_weak") << base64url::encode(bad);
}

TEST(WeakKeys, an_ed25519_key_is_a_point_of_the_curve_in_its_one_spelling) {
    const auto code_of_point = [](const std::string& bytes) {
        return code(with(with(okp(), "x", base64url_string(bytes)), "d", ""));
    };
    EXPECT_EQ(code_of_point(std::string(32, '\xFF')), "key_weak");         // y is p + 18
    EXPECT_EQ(code_of_point('\x02' + std::string(31, '\0')), "key_weak");  // no x goes with y = 2
}

TEST(WeakKeys, the_text_of_a_key_is_no_secret) {
    const Algorithm& hs256 = *find_algorithm("HS256");
    EXPECT_EQ(code_of(Key::from_secret(hs256, "a secret of forty bytes, for HS256 alone")), "accepted");
    for (const char* text :
         {"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "-----BEGIN CERTIFICATE-----\n",
          "-----BEGIN RSA PRIVATE KEY-----\n", "\n-----BEGIN PUBLIC KEY-----\n", "ssh-rsa AAAAB3NzaC1yc2E",
          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "ecdsa-sha2-nistp256 AAAAE2VjZHNh"})
        EXPECT_EQ(code_of(Key::from_secret(hs256, text)), "key_malformed") << text;
}

// RFC 7517 §4.3.
TEST(WeakKeys, key_ops_hold_each_operation_once_and_agree_with_use) {
    const std::string jwk = with(p256(), "d", ""), sig = with(jwk, "use", "\"sig\"");
    EXPECT_EQ(code(with(jwk, "key_ops", R"(["verify","encrypt"])")), "accepted");
    EXPECT_EQ(code(with(jwk, "key_ops", R"(["verify","encrypt","encrypt"])")), "key_malformed");
    EXPECT_EQ(code(with(jwk, "key_ops", R"(["verify",""])")), "accepted");
    EXPECT_EQ(code(with(jwk, "key_ops", R"(["verify","",""])")), "key_malformed");
    EXPECT_EQ(code(with(sig, "key_ops", R"(["verify"])")), "accepted");
    EXPECT_EQ(code(with(sig, "key_ops", R"(["verify","encrypt"])")), "key_malformed");
}

}  // namespace
}  // namespace keyhold::jose
