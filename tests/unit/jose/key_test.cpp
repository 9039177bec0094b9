// SPDX-License-Identifier: Apache-2.0
#include "jose/key.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <set>

#include "crypto/pkey.hpp"
#include "fixtures.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

std::string code(std::string_view jwk, const Algorithm* named = nullptr) { return code_of(parse_key(jwk, named)); }
const Algorithm* rs256() { return find_algorithm("RS256"); }
const std::string& p256() { return vector_of("RFC 7515 A.3").jwk; }
const std::string& rsa() { return vector_of("RFC 7515 A.2").jwk; }
const std::string& okp() { return vector_of("RFC 8037 A.4").jwk; }
const std::string& oct() { return vector_of("RFC 7515 A.1").jwk; }

std::string rsa_jwk(int bits, unsigned long exponent) {
    const crypto::PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* made = nullptr;
    const crypto::BigNumber e(BN_new());
    BN_set_word(e.get(), exponent);
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits);
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get());
    EXPECT_EQ(EVP_PKEY_generate(context.get(), &made), 1);
    const crypto::PKey key(made);
    const auto number = [&](const char* name) { return base64url::encode(*crypto::number_of(*key, name, 0)); };
    return R"({"kty":"RSA","alg":"RS256","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
           number(OSSL_PKEY_PARAM_RSA_E) + "\"}";
}

std::string pem_of(const crypto::PKey& pkey, bool with_private) {
    const std::unique_ptr<BIO, crypto::Free<BIO_free>> out(BIO_new(BIO_s_mem()));
    if (with_private) {
        PEM_write_bio_PKCS8PrivateKey(out.get(), pkey.get(), nullptr, nullptr, 0, nullptr, nullptr);
    } else {
        PEM_write_bio_PUBKEY(out.get(), pkey.get());
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(const Key& key, bool with_private) {
    json::Document document;
    const auto jwk = document.parse(key.private_jwk().reveal());
    const auto bytes = [&](const char* name) { return *base64url::decode(*jwk->find(name)->string()); };
    const std::string point = crypto::uncompressed_point(bytes("x"), bytes("y")), d = bytes("d");
    const crypto::PKey pkey =
        crypto::make_pkey("EC", "P-256", {{OSSL_PKEY_PARAM_PUB_KEY, point}, {OSSL_PKEY_PARAM_PRIV_KEY, d}}, true);
    return pem_of(pkey, with_private);
}

TEST(Key, thumbprints_are_those_of_the_rfcs) {
    json::Document document;
    const auto root = document.parse(read_data("thumbprints.json"));
    ASSERT_EQ(root->size(), 3U);
    for (auto row = root->first(); row; row = row->next()) {
        const auto key = Key::from_jwk(*row->find("jwk"));
        ASSERT_TRUE(key) << key.error().detail();
        EXPECT_EQ(key->thumbprint(), row->find("thumbprint")->string());
    }
}

TEST(Key, a_private_key_keeps_its_numbers) {
    for (const char* source : {"RFC 7515 A.2", "RFC 7515 A.3", "RFC 7515 A.4", "RFC 8037 A.4"}) {
        const Vector& vector = vector_of(source);
        const auto key = parse_key(vector.jwk, find_algorithm(vector.alg));
        ASSERT_TRUE(key) << key.error().detail();
        json::Document before, after;
        const auto original = before.parse(vector.jwk), written = after.parse(key->private_jwk().reveal());
        for (auto member = original->first(); member; member = member->next())
            EXPECT_EQ(written->find(member->name())->string(), member->string()) << source << " " << member->name();
        EXPECT_EQ(key->public_jwk().find("\"d\""), std::string::npos);
    }
}

TEST(Key, a_generated_key_has_its_thumbprint_for_kid_and_survives_its_jwk) {
    const Key key = Key::generate_es256();
    EXPECT_EQ(key.kid(), key.thumbprint());
    EXPECT_EQ(key.algorithm().name, "ES256");
    const auto again = parse_key(key.private_jwk().reveal());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->kid(), key.kid());
    EXPECT_TRUE(key.verify("message", again->sign("message")));
    EXPECT_FALSE(Key::generate_es256().verify("message", again->sign("message")));
    std::set<std::string> kids;
    for (int i = 0; i < 5; ++i) kids.insert(Key::generate_es256().kid());
    EXPECT_EQ(kids.size(), 5U);
}

TEST(Key, a_pair_is_generated_for_every_algorithm_but_the_hmacs) {
    for (const Algorithm& algorithm : algorithms) {
        if (algorithm.key_type == KeyType::oct) {
            EXPECT_THROW((void)Key::generate(algorithm), std::logic_error);
            continue;
        }
        const Key key = Key::generate(algorithm);
        const auto half = parse_key(key.public_jwk());
        ASSERT_TRUE(half) << half.error().detail();
        EXPECT_TRUE(half->verify("message", key.sign("message"))) << algorithm.name;
    }
}

TEST(Key, a_public_key_does_not_sign) {
    const auto key = parse_key(with(p256(), "d", ""));
    ASSERT_TRUE(key);
    EXPECT_FALSE(key->can_sign());
    EXPECT_THROW((void)key->sign("x"), std::logic_error);
    EXPECT_THROW((void)key->private_jwk(), std::logic_error);
}

TEST(Key, a_symmetric_key_shows_nothing_of_itself) {
    const Key key = secret_key();
    EXPECT_THROW((void)key.public_jwk(), std::logic_error);
    EXPECT_THROW((void)key.private_jwk(), std::logic_error);
    EXPECT_THROW((void)key.thumbprint(), std::logic_error);
}

TEST(Key, a_secret_may_be_short_but_not_empty) {
    EXPECT_FALSE(Key::from_secret(*find_algorithm("HS256"), std::string(32, 'x'))->is_short());
    EXPECT_TRUE(Key::from_secret(*find_algorithm("HS256"), std::string(31, 'x'))->is_short());
    EXPECT_TRUE(Key::from_secret(*find_algorithm("HS512"), std::string(63, 'x'))->is_short());
    EXPECT_EQ(code_of(Key::from_secret(*find_algorithm("HS256"), "")), "key_weak");
    EXPECT_EQ(code_of(Key::from_secret(*find_algorithm("ES256"), "x")), "key_malformed");
}

// RFC 7518 §3.2.
TEST(Key, an_oct_jwk_is_as_long_as_its_algorithm_asks) {
    const auto jwk = [](std::size_t size, const char* alg) {
        return R"({"kty":"oct","alg":")" + std::string(alg) + R"(","k":")" + base64url::encode(std::string(size, 'x')) +
               "\"}";
    };
    EXPECT_EQ(code(jwk(32, "HS256")), "accepted");
    EXPECT_EQ(code(jwk(31, "HS256")), "key_weak");
    EXPECT_EQ(code(jwk(48, "HS384")), "accepted");
    EXPECT_EQ(code(jwk(47, "HS384")), "key_weak");
    EXPECT_EQ(code(jwk(64, "HS512")), "accepted");
    EXPECT_EQ(code(jwk(63, "HS512")), "key_weak");
    EXPECT_EQ(code(R"({"kty":"oct","alg":"HS256","k":""})"), "key_weak");
}

TEST(Key, a_weak_rsa_key_is_refused) {
    EXPECT_EQ(code(rsa_jwk(2048, 65537)), "accepted");
    EXPECT_EQ(code(rsa_jwk(2048, 3)), "accepted");
    EXPECT_EQ(code(rsa_jwk(1024, 65537)), "key_weak");
    EXPECT_EQ(code(rsa_jwk(2040, 65537)), "key_weak");
    const std::string good = rsa_jwk(2048, 65537);
    EXPECT_EQ(code(with(good, "e", "\"AQ\"")), "key_weak");    // 1
    EXPECT_EQ(code(with(good, "e", "\"Ag\"")), "key_weak");    // 2
    EXPECT_EQ(code(with(good, "e", "\"AQAC\"")), "key_weak");  // 65538
}

TEST(Key, numbers_have_no_leading_zeros_and_are_canonical) {
    ASSERT_EQ(code(rsa(), rs256()), "accepted");
    EXPECT_EQ(code(with(rsa(), "e", "\"AAEAAQ\""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "e", "\"\""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "e", "\"AQAB=\""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "e", "65537"), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "e", ""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "n", ""), rs256()), "key_malformed");
    ASSERT_EQ(code(okp()), "accepted");
    EXPECT_EQ(code(with(okp(), "x", R"("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")")),
              "key_malformed");  // bits left over
    EXPECT_EQ(code(with(okp(), "x", R"("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")")), "key_malformed");
    EXPECT_EQ(code(with(okp(), "x", R"("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo")")), "key_malformed");
}

TEST(Key, an_rsa_key_has_all_its_primes_or_none) {
    std::string bare = rsa();
    for (const char* member : {"p", "q", "dp", "dq", "qi"}) bare = with(bare, member, "");
    const auto key = parse_key(bare, rs256());
    ASSERT_TRUE(key) << key.error().detail();
    const auto parts = *split(vector_of("RFC 7515 A.2").token);
    EXPECT_EQ(base64url::encode(key->sign(parts.signing_input)), parts.signature);
    EXPECT_EQ(code(with(rsa(), "q", ""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "p", ""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "oth", "[]"), rs256()), "key_malformed");
}

TEST(Key, a_point_off_its_curve_is_refused) {
    ASSERT_EQ(code(p256()), "accepted");
    const std::string public_only = with(p256(), "d", "");
    ASSERT_EQ(code(public_only), "accepted");
    EXPECT_EQ(code(with(public_only, "y", R"("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4")")), "key_malformed");
    EXPECT_EQ(code(with(public_only, "x", R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")), "key_malformed");
    // A coordinate that is not reduced modulo p.
    EXPECT_EQ(code(with(public_only, "x", R"("__________________________________________8")")), "key_malformed");
}

// RFC 7518 §6.2.1.2: "The length of this octet string MUST be the full size of a coordinate".
TEST(Key, a_coordinate_of_another_length_is_refused) {
    for (const char* member : {"x", "y", "d"}) {
        json::Document document;
        const std::string bytes = *base64url::decode(*document.parse(p256())->find(member)->string());
        for (const std::string& other : {bytes.substr(1), '\0' + bytes, bytes + '\0', std::string()})
            EXPECT_EQ(code(with(p256(), member, '"' + base64url::encode(other) + '"')), "key_malformed") << member;
    }
    EXPECT_EQ(code(with(p256(), "crv", "\"P-384\"")), "key_malformed");
    EXPECT_EQ(code(with(okp(), "x", R"("AAAA")")), "key_malformed");
}

TEST(Key, halves_that_do_not_belong_together_are_refused) {
    json::Document document;
    const Key other = Key::generate_es256();
    const auto secret = other.private_jwk();
    const std::string d = '"' + std::string(*document.parse(secret.reveal())->find("d")->string()) + '"';
    EXPECT_EQ(code(with(p256(), "d", d)), "key_malformed");
    EXPECT_EQ(code(with(p256(), "d", R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")), "key_malformed");
    EXPECT_EQ(code(with(okp(), "d", R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")), "key_malformed");
    std::string bare = rsa();
    for (const char* member : {"p", "q", "dp", "dq", "qi"}) bare = with(bare, member, "");
    EXPECT_EQ(code(with(bare, "d", "\"AQAB\""), rs256()), "key_malformed");
}

TEST(Key, use_is_for_signatures) {
    EXPECT_EQ(code(with(p256(), "use", "\"sig\"")), "accepted");
    for (const char* use : {"\"enc\"", "\"SIG\"", "\"\"", "1", "null", "[\"sig\"]"})
        EXPECT_EQ(code(with(p256(), "use", use)), "key_malformed") << use;
}

TEST(Key, key_ops_hold_the_operation) {
    const std::string public_only = with(p256(), "d", "");
    EXPECT_EQ(code(with(public_only, "key_ops", R"(["verify"])")), "accepted");
    EXPECT_EQ(code(with(public_only, "key_ops", R"(["verify","encrypt"])")), "accepted");
    for (const char* operations :
         {R"(["sign"])", R"(["encrypt"])", "[]", R"("verify")", "[1]", R"(["verify","verify"])", "null"})
        EXPECT_EQ(code(with(public_only, "key_ops", operations)), "key_malformed") << operations;
    const auto signs = parse_key(with(p256(), "key_ops", R"(["sign"])"));
    ASSERT_TRUE(signs);
    EXPECT_TRUE(signs->can_sign());
    EXPECT_FALSE(signs->can_verify());
    EXPECT_FALSE(signs->verify("x", signs->sign("x")));
    const auto both = parse_key(with(p256(), "key_ops", R"(["sign","verify"])"));
    ASSERT_TRUE(both);
    EXPECT_TRUE(both->verify("x", both->sign("x")));
    const auto verifies = parse_key(with(p256(), "key_ops", R"(["verify"])"));
    ASSERT_TRUE(verifies);
    EXPECT_FALSE(verifies->can_sign());
    const auto mac = parse_key(with(oct(), "key_ops", R"(["sign"])"), find_algorithm("HS256"));
    ASSERT_TRUE(mac);
    EXPECT_FALSE(mac->can_verify());
    EXPECT_FALSE(mac->verify("x", mac->sign("x")));
}

TEST(Key, alg_fits_the_key_type) {
    EXPECT_EQ(code(with(p256(), "alg", "\"ES256\"")), "accepted");
    for (const char* alg : {"\"ES384\"", "\"RS256\"", "\"HS256\"", "\"none\"", "\"ECDH-ES\"", "\"\"", "1", "null"})
        EXPECT_EQ(code(with(p256(), "alg", alg)), "key_malformed") << alg;
    EXPECT_EQ(code(with(p256(), "alg", "\"ES256\""), rs256()), "key_malformed");
    EXPECT_EQ(code(with(rsa(), "alg", "\"PS256\""), rs256()), "key_malformed");
}

TEST(Key, the_curve_decides_where_alg_is_absent_and_rsa_and_oct_want_it_named) {
    EXPECT_EQ(parse_key(p256())->algorithm().name, "ES256");
    EXPECT_EQ(parse_key(okp())->algorithm().name, "EdDSA");
    EXPECT_EQ(code(rsa()), "key_malformed");
    EXPECT_EQ(code(oct()), "key_malformed");
    EXPECT_EQ(parse_key(rsa(), find_algorithm("PS384"))->algorithm().name, "PS384");
    EXPECT_EQ(code(rsa(), find_algorithm("ES256")), "key_malformed");
}

TEST(Key, what_is_no_jwk_is_refused) {
    for (const char* jwk :
         {"{}", "[]", "1", "null", R"({"kty":"EC"})", R"({"kty":1})", R"({"kty":"oct","alg":"HS256"})",
          R"({"kty":"ec","crv":"P-256"})", R"({"kty":"OKP","crv":"X25519","x":"AAAA"})",
          R"({"kty":"EC","crv":"P-192","x":"AA","y":"AA"})", R"({"kty":"EC","crv":1})"})
        EXPECT_EQ(code(jwk), "key_malformed") << jwk;
    EXPECT_EQ(code(with(p256(), "kid", "1")), "key_malformed");
}

// A new curve is a row of the tables, and its keys are read in every form.
TEST(Key, reads_pem_of_every_type_in_the_table) {
    for (const Algorithm& algorithm : algorithms) {
        if (algorithm.key_type == KeyType::oct) continue;
        const KeyTypeRow& row = key_type_row(algorithm.key_type);
        const crypto::PKey key = crypto::generate_pkey(row.openssl_type, row.openssl_group);
        for (const bool with_private : {true, false}) {
            const auto read = Key::from_pem(pem_of(key, with_private), &algorithm);
            ASSERT_TRUE(read.ok()) << algorithm.name << ": " << read.error().detail();
            EXPECT_EQ(read->can_sign(), with_private);
        }
    }
}

TEST(Key, reads_pem_of_both_halves) {
    const Key key = Key::generate_es256();
    const auto from_private = Key::from_pem(pem_of(key, true));
    ASSERT_TRUE(from_private) << from_private.error().detail();
    EXPECT_TRUE(from_private->can_sign());
    EXPECT_EQ(from_private->thumbprint(), key.thumbprint());
    const auto from_public = Key::from_pem(pem_of(key, false));
    ASSERT_TRUE(from_public);
    EXPECT_FALSE(from_public->can_sign());
    EXPECT_TRUE(from_public->verify("x", from_private->sign("x")));
    EXPECT_EQ(code_of(Key::from_pem(pem_of(key, false), rs256())), "key_malformed");
    EXPECT_EQ(code_of(Key::from_pem("")), "key_malformed");
    EXPECT_EQ(code_of(Key::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")), "key_malformed");
}

}  // namespace
}  // namespace keyhold::jose
