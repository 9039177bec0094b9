// SPDX-License-Identifier: Apache-2.0
// Keys in the forms that people have at hand (tests/data/jose/pem), and what a message calls the others.
#include "jose/key_text.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "jose/algorithm.hpp"
#include "keyhold/verify.hpp"

namespace keyhold::jose {
namespace {

using namespace test;
using std::chrono::system_clock;

const system_clock::time_point now{std::chrono::seconds(1'300'000'000)};

std::string pem(const std::string& name) { return read_data("pem/" + name); }
std::string token_of(const std::string& kind) {
    std::string token = read_data("pem/" + kind + "_token.txt");
    token.pop_back();
    return token;
}
// What Verifier::from_pem() says of a text that it does not take.
std::string message(std::string_view text) {
    try {
        (void)Verifier::from_pem(text);
        return "taken";
    } catch (const InvalidKey& problem) {
        return problem.what();
    }
}

TEST(KeyText, a_public_key_is_read_in_each_of_its_forms) {
    for (const char* name : {"rsa_spki.pem", "rsa_pkcs1.pem", "rsa_certificate.pem"})
        EXPECT_TRUE(Verifier::from_pem(pem(name)).verify(token_of("rsa"), now)) << name;
    for (const char* name : {"ec_spki.pem", "ec_certificate.pem"}) {
        EXPECT_TRUE(Verifier::from_pem(pem(name)).verify(token_of("ec"), now)) << name;
        EXPECT_EQ(Verifier::from_pem(pem(name)).verify(token_of("rsa"), now).refusal(), "token_key_unknown") << name;
    }
    EXPECT_TRUE(Verifier::from_pem("a comment\n" + pem("rsa_certificate.pem")).verify(token_of("rsa"), now));
}

TEST(KeyText, an_rsassa_pss_key_is_used_with_what_it_says_itself) {
    EXPECT_TRUE(Verifier::from_pem(pem("pss_spki.pem")).verify(token_of("pss"), now));
    EXPECT_EQ(Verifier::from_pem(pem("pss_spki.pem")).verify(token_of("rsa"), now).refusal(), "token_key_unknown")
        << "RS256 is none of its algorithms";
    for (const char* name : {"pss_sha512_spki.pem", "pss_sha512_certificate.pem"}) {
        EXPECT_TRUE(Verifier::from_pem(pem(name)).verify(token_of("pss_sha512"), now)) << name;
        EXPECT_EQ(Verifier::from_pem(pem(name)).verify(token_of("pss"), now).refusal(), "token_key_unknown") << name;
    }
    // RFC 7518 §3.5 asks for the same digest twice.
    for (const char* name : {"pss_mgf1_sha1_spki.pem", "pss_sha1_spki.pem"})
        EXPECT_EQ(code_of(KeySet::parse_pem(pem(name))), "key_malformed") << name;
    EXPECT_EQ(KeySet::parse_pem(pem("pss_sha512_spki.pem"))->keys().size(), 1U);
    EXPECT_EQ(code_of(KeySet::parse_pem(pem("pss_sha512_spki.pem"), find_algorithm("PS256"))), "key_malformed");
    EXPECT_EQ(KeySet::parse_pem(pem("pss_spki.pem"))->keys().size(), 3U);
}

TEST(KeyText, certificates_of_other_curves_are_read) {
    EXPECT_TRUE(Verifier::from_pem(pem("secp256k1_certificate.pem")).verify(token_of("secp256k1"), now));
    EXPECT_TRUE(Verifier::from_pem(pem("ed448_certificate.pem")).verify(token_of("ed448"), now));
    EXPECT_EQ(Verifier::from_pem(pem("ed448_certificate.pem")).verify(token_of("secp256k1"), now).refusal(),
              "token_key_unknown");
}

TEST(KeyText, certificates_by_kid_are_a_set) {
    const std::string text = pem("google.json");
    const auto verifier = Verifier::from_jwks(text);
    EXPECT_TRUE(verifier.verify(token_of("google"), now));
    EXPECT_EQ(verifier.verify(token_of("google_other_kid"), now).refusal(), "token_key_unknown");
    EXPECT_EQ(verifier.verify(token_of("rsa"), now).refusal(), "token_signature") << "without a kid it is tried";
    EXPECT_NE(code_of(KeySet::parse(R"({"a":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"})")), "");
    EXPECT_NE(code_of(KeySet::parse(R"({"a":"-----BEGIN PUBLIC KEY-----"})")), "");
    // One that cannot be used is passed over, as in a set.
    std::string broken = text;
    broken.insert(1, R"("a":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",)");
    EXPECT_TRUE(Verifier::from_jwks(broken).verify(token_of("google"), now));
}

TEST(KeyText, a_key_in_pem_that_is_none_is_named) {
    const auto said = [](std::string_view text) { return std::string(KeySet::parse_pem(text).error().detail()); };
    EXPECT_EQ(
        said("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
        "This is a request for a certificate; wanted is a key or a certificate in PEM, not encrypted (its private "
        "key is in another file, and the certificate comes from whoever signs it)");
    EXPECT_EQ(
        said("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        "This is an encrypted private key in PEM; wanted is a key or a certificate in PEM, not encrypted (openssl "
        "pkey -in FILE prints it without its passphrase)");
    EXPECT_EQ(
        said("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"),
        "This is a private key of OpenSSH; wanted is a key or a certificate in PEM, not encrypted (ssh-keygen -p -m "
        "PKCS8 -f COPY makes a copy of one of RSA or ECDSA PEM)");
    EXPECT_EQ(said("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              "This is a certificate in PEM that cannot be read");
}

TEST(KeyText, a_private_key_is_refused_with_the_way_to_its_public_half) {
    const std::string key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    EXPECT_EQ(message(key),
              "This is a private key in PEM; wanted is a public key or a certificate in PEM "
              "(openssl pkey -in FILE -pubout prints its public half)");
    EXPECT_NE(message(pem("rsa_spki.pem") + key), "taken");
}

TEST(KeyText, a_broken_text_is_refused) {
    for (const char* name :
         {"rsa_spki.pem", "rsa_pkcs1.pem", "rsa_certificate.pem", "ec_spki.pem", "ec_certificate.pem"}) {
        std::string text = pem(name);
        text.replace(text.find('\n') + 1, 4, "AAAA");
        EXPECT_NE(message(text), "taken") << name;
    }
    EXPECT_NE(message(std::string(100'000, 'x')), "taken");
}

TEST(KeyText, a_message_names_what_was_given) {
    struct Given {
        std::string_view text, kind;
    };
    for (const auto& [text, kind] : {
             Given{"", "empty"},
             Given{" \r\n", "empty"},
             Given{"\xEF\xBB\xBF{}", "a text with a byte order mark"},
             Given{"-----BEGIN ENCRYPTED PRIVATE KEY-----", "an encrypted private key in PEM"},
             Given{"-----BEGIN RSA PRIVATE KEY-----", "a private key in PEM"},
             Given{"-----BEGIN EC PRIVATE KEY-----", "a private key in PEM"},
             Given{"-----BEGIN OPENSSH PRIVATE KEY-----", "a private key of OpenSSH"},
             Given{"-----BEGIN CERTIFICATE REQUEST-----", "a request for a certificate"},
             Given{"-----BEGIN CERTIFICATE-----", "a certificate in PEM"},
             Given{"-----BEGIN PUBLIC KEY-----", "a public key in PEM"},
             Given{"-----BEGIN RSA PUBLIC KEY-----", "a public key in PEM (PKCS #1)"},
             Given{"-----BEGIN PGP PUBLIC KEY BLOCK-----", "a key of OpenPGP"},
             Given{"-----BEGIN X9.42 DH PARAMETERS-----", "something in PEM that is no key"},
             Given{"ssh-ed25519 AAAA me", "a public key of SSH"},
             Given{"https://id.example/.well-known/jwks.json", "a URL"},
             Given{"eyJhbGciOiJIUzI1NiJ9.e30.x", "a token"},
             Given{"\n<!doctype html>", "an HTML or XML page"},
             Given{"[1]", "a JSON array"},
             Given{"{", "broken JSON"},
             Given{R"({"a":1})", "JSON that is no key"},
             Given{R"({"kty":"EC"})", "a JWK"},
             Given{R"({"kty":"EC","d":"x"})", "a private or secret JWK"},
             Given{R"({"keys":[]})", "a JWK Set"},
             Given{R"({"issuer":"x","jwks_uri":"y"})", "a discovery document"},
             Given{"\x30\x82\x01\x22", "no key in any form that is known here"},  // cut off
             Given{std::string_view("\x30\x05\x02\x01\x01\x04\x00", 7), "an EC private key in DER"},
             Given{"hunter2", "no key in any form that is known here"},
         }) {
        EXPECT_EQ(kind_of_key_text(text).name, kind) << text;
        const std::string said = message(text);
        EXPECT_NE(said, "taken");
        EXPECT_EQ(said.find("hunter2"), std::string::npos);  // never a piece of what may be a secret
    }
}

TEST(KeyText, a_text_that_is_no_jwks_is_named_too) {
    const auto said = [](std::string_view text) { return std::string(parse_jwks(text).error().detail()); };
    EXPECT_EQ(said("<html>"), "This is an HTML or XML page; wanted is a JWK or a JWK Set");
    EXPECT_EQ(said(pem("ec_spki.pem")), "This is a public key in PEM; wanted is a JWK or a JWK Set");
    EXPECT_EQ(said("{"), "This is broken JSON; wanted is a JWK or a JWK Set (JSON: ends too early)");
    EXPECT_EQ(said(R"({"kty":"EC","crv":"P-256","x":"AA"})"),
              std::string(KeySet::parse(R"({"kty":"EC","crv":"P-256","x":"AA"})").error().detail()));
}

}  // namespace
}  // namespace keyhold::jose
