// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

const Algorithm* rs256() { return find_algorithm("RS256"); }
const std::string& p256() { return vector_of("RFC 7515 A.3").jwk; }
const std::string& rsa() { return vector_of("RFC 7515 A.2").jwk; }
const std::string& okp() { return vector_of("RFC 8037 A.4").jwk; }
const std::string& oct() { return vector_of("RFC 7515 A.1").jwk; }

std::string set_of(std::initializer_list<std::string> jwks) {
    std::string text = R"({"keys":[)";
    for (const std::string& jwk : jwks) text += (text.back() == '[' ? "" : ",") + jwk;
    return text + "]}";
}

TEST(KeySet, reads_a_key_or_a_set_and_passes_over_what_it_cannot_use) {
    EXPECT_EQ(KeySet::parse(p256())->keys().size(), 1U);
    const std::string set =
        R"({"keys":[{"kty":"new"},)" + with(p256(), "use", "\"enc\"") + "," + okp() + "," + p256() + "]}";
    EXPECT_EQ(KeySet::parse(set)->keys().size(), 3U);  // EdDSA, Ed25519, ES256
    for (const char* text : {R"({"keys":[]})", R"({"keys":[{"kty":"new"}]})", R"({"keys":{}})", "", "x", "[]"})
        EXPECT_EQ(code_of(KeySet::parse(text)), "key_malformed") << text;
}

TEST(KeySet, a_key_that_leaves_a_choice_stands_for_every_algorithm_that_it_is_strong_enough_for) {
    EXPECT_EQ(KeySet::parse(rsa())->keys().size(), 6U);
    EXPECT_EQ(KeySet::parse(rsa(), rs256())->keys().size(), 1U);
    EXPECT_EQ(KeySet::parse(oct())->keys().size(), 3U);
    const auto short_oct = [](std::size_t size) {
        return KeySet::parse(R"({"kty":"oct","k":")" + base64url::encode(std::string(size, 'x')) + "\"}");
    };
    EXPECT_EQ(short_oct(40)->keys().size(), 1U);
    EXPECT_EQ(code_of(short_oct(31)), "key_weak");
}

TEST(KeySet, publishes_public_halves_alone) {
    KeySet keys = keys_of(Key::generate_es256());
    keys.add(secret_key());
    const auto read = KeySet::parse(keys.public_jwks());
    ASSERT_TRUE(read);
    ASSERT_EQ(read->keys().size(), 1U);
    EXPECT_FALSE(read->signing().can_sign());
}

// RFC 7517 §4.5.
TEST(KeySet, two_keys_of_one_kid_and_algorithm_are_refused) {
    const auto named = [](const std::string& jwk, const char* kid) { return with(jwk, "kid", kid); };
    const std::string other = with(with(Key::generate_es256().public_jwk(), "alg", ""), "use", "");
    EXPECT_EQ(KeySet::parse(set_of({named(p256(), "\"a\""), named(other, "\"b\"")}))->keys().size(), 2U);
    EXPECT_EQ(KeySet::parse(set_of({p256(), with(other, "kid", "")}))->keys().size(), 2U);
    EXPECT_EQ(code_of(KeySet::parse(set_of({named(p256(), "\"a\""), named(other, "\"a\"")}))), "key_malformed");
    // One RSA key under two algorithms is listed so by some issuers: the header's alg tells them apart.
    const std::string twice = named(rsa(), "\"a\"");
    EXPECT_EQ(KeySet::parse(set_of({with(twice, "alg", "\"RS256\""), with(twice, "alg", "\"PS256\"")}))->keys().size(),
              2U);
    // A key for something else is in nobody's way; one that is only spelled wrongly was meant.
    EXPECT_EQ(
        KeySet::parse(set_of({named(p256(), "\"a\""), with(named(other, "\"a\""), "use", "\"enc\"")}))->keys().size(),
        1U);
    EXPECT_EQ(code_of(KeySet::parse(set_of({named(p256(), "\"a\""), with(named(other, "\"a\""), "x", "\"=\"")}))),
              "key_malformed");
    EXPECT_EQ(code_of(KeySet::parse(set_of({named(p256(), "\"a\""), with(named(other, "\"b\""), "x", "\"=\"")}))),
              "accepted");
}

TEST(KeySet, secrets_and_keys_of_pairs_are_not_mixed) {
    EXPECT_EQ(code_of(KeySet::parse(set_of({p256(), rsa(), okp()}))), "accepted");
    EXPECT_EQ(code_of(KeySet::parse(set_of({p256(), oct()}))), "key_malformed");
    EXPECT_EQ(code_of(KeySet::parse(set_of({oct(), with(p256(), "d", "")}))), "key_malformed");
    EXPECT_EQ(code_of(KeySet::parse(set_of({with(oct(), "alg", "\"A128KW\""), p256()}))), "accepted");
}

// RFC 7515 §4.1.4: kid is a string, and the empty one is as good as any other.
TEST(KeySet, an_empty_kid_is_not_an_absent_one) {
    const KeySet keys = keys_of(secret_key("a"));
    const auto outcome = [&](std::string_view header) {
        const std::string token = sign_compact(header, "{}", secret_key());
        return code_of(verify_signature(*split(token), keys));
    };
    EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"a"})"), "accepted");
    EXPECT_EQ(outcome(R"({"alg":"HS256"})"), "accepted");
    EXPECT_EQ(outcome(R"({"alg":"HS256","kid":""})"), "token_key_unknown");
    EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"a\u0000"})"), "token_key_unknown");
    EXPECT_EQ(outcome(R"({"alg":"HS256","kid":"A"})"), "token_key_unknown");
}

TEST(KeySet, reads_pem_under_every_algorithm_that_the_key_fits) {
    // Written by python3-cryptography: the public halves of RFC 7515 A.2 and A.3.
    const std::string pem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
)",
                      ec = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
    EXPECT_EQ(KeySet::parse_pem(pem)->keys().size(), 6U);
    EXPECT_EQ(KeySet::parse_pem(pem, rs256())->keys().size(), 1U);
    EXPECT_EQ(KeySet::parse_pem(ec)->keys().size(), 1U);
    EXPECT_EQ(code_of(KeySet::parse_pem(ec, rs256())), "key_malformed");
    EXPECT_EQ(code_of(KeySet::parse_pem("-----BEGIN PUBLIC KEY-----\n")), "key_malformed");
    const auto parts = *split(vector_of("RFC 7515 A.2").token);
    EXPECT_TRUE(verify_signature(parts, *KeySet::parse_pem(pem)));
}

TEST(KeySet, a_pair_is_taken_under_another_algorithm_of_its_type_alone) {
    const Key key = parse_key(rsa(), rs256()).value();
    const Key pss = key.under(*find_algorithm("PS256"));
    EXPECT_TRUE(pss.can_sign());
    EXPECT_TRUE(pss.verify("x", pss.sign("x")));
    EXPECT_FALSE(pss.verify("x", key.sign("x")));
    EXPECT_THROW((void)key.under(*find_algorithm("ES256")), std::logic_error);
    EXPECT_THROW((void)secret_key().under(*find_algorithm("HS512")), std::logic_error);
}

}  // namespace
}  // namespace keyhold::jose
