// SPDX-License-Identifier: Apache-2.0
#include "jose/jws.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fixtures.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::jose {
namespace {

using namespace std::string_literals;
using namespace test;

std::string outcome(std::string_view token, const KeySet& keys, std::size_t max_size = max_token_size) {
    const auto parts = split(token, max_size);
    if (!parts) return code_of(parts);
    return code_of(verify_signature(*parts, keys));
}

std::string outcome_of_header(std::string_view header) {
    return outcome(signed_token(header, "{}"), keys_of(secret_key()));
}

class Vectors : public testing::TestWithParam<Vector> {
protected:
    KeySet keys() const { return KeySet::parse(GetParam().jwk, find_algorithm(GetParam().alg)).value(); }
};

TEST_P(Vectors, is_accepted) { EXPECT_EQ(outcome(GetParam().token, keys()), "accepted"); }

TEST_P(Vectors, is_accepted_by_the_public_half_alone) {
    const KeySet own = keys();
    if (own.signing().is_symmetric()) return;
    EXPECT_EQ(outcome(GetParam().token, keys_of(parse_key(own.signing().public_jwk()).value())), "accepted");
}

TEST_P(Vectors, any_changed_character_is_refused) {
    const KeySet own = keys();
    const std::string& token = GetParam().token;
    const std::size_t step = own.signing().is_symmetric() ? 1 : 29;
    for (std::size_t i = 0; i < token.size(); i += step) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(outcome(changed, own), "accepted") << i;
    }
}

TEST_P(Vectors, a_signature_cut_or_lengthened_is_refused) {
    const KeySet own = keys();
    const std::string& token = GetParam().token;
    const auto parts = *split(token);
    const std::string input(parts.signing_input);
    const std::string signature = *base64url::decode(parts.signature);
    ASSERT_EQ(signature.size(), own.signing().signature_size());
    for (const std::string& other : {signature.substr(1), signature.substr(0, signature.size() - 1), signature + "\0"s,
                                     "\0"s + signature, signature + signature})
        EXPECT_EQ(outcome(input + "." + base64url::encode(other), own), "token_signature");
}

TEST_P(Vectors, what_is_deterministic_comes_out_as_published) {
    const KeySet own = keys();
    const Algorithm& row = own.signing().algorithm();
    const bool is_ecdsa = key_type_row(row.key_type).kty == "EC";
    if (is_ecdsa || row.padding == Padding::pss) return;  // they hold random numbers
    const auto parts = *split(GetParam().token);
    EXPECT_EQ(base64url::encode(own.signing().sign(parts.signing_input)), parts.signature);
}

TEST_P(Vectors, our_own_signature_is_verified) {
    const KeySet own = keys();
    const std::string token = sign_compact(R"({"alg":")" + GetParam().alg + "\"}", "payload", own.signing());
    EXPECT_EQ(outcome(token, own), "accepted");
}

TEST_P(Vectors, a_key_of_another_algorithm_does_not_verify_it) {
    for (const Algorithm& other : algorithms) {
        const auto key = parse_key(GetParam().jwk, &other);
        if (!key || other.name == GetParam().alg) continue;
        EXPECT_EQ(outcome(GetParam().token, KeySet::parse(GetParam().jwk, &other).value()), "token_key_unknown")
            << other.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Jws, Vectors, testing::ValuesIn(signature_vectors()), [](const auto& instance) {
    return instance.param.alg + "_" + std::to_string(instance.index);
});

// Where two types of key are written alike, a JWK is of the first one, so that no vector can be of the other.
bool is_written(KeyType type) {
    const KeyTypeRow& row = key_type_row(type);
    const auto is_alike = [&](const KeyTypeRow& other) { return other.kty == row.kty && other.crv == row.crv; };
    return std::ranges::find_if(key_types, is_alike)->type == type;
}

TEST(Jws, every_row_of_the_table_has_a_vector) {
    for (const Algorithm& algorithm : algorithms) {
        const bool found = std::ranges::any_of(signature_vectors(), [&](const Vector& vector) {
            const auto key = parse_key(vector.jwk, &algorithm);
            return vector.alg == algorithm.name && key && &key->algorithm() == &algorithm;
        });
        EXPECT_EQ(found, is_written(algorithm.key_type))
            << algorithm.name << " under " << key_type_row(algorithm.key_type).crv;
    }
}

// RFC 7515 A.5; RFC 8725 §3.2.
TEST(Jws, no_spelling_of_none_is_accepted) {
    const KeySet keys = keys_of(secret_key());
    EXPECT_EQ(
        outcome("eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"
                "b290Ijp0cnVlfQ.",
                keys),
        "token_malformed");
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256"})"), "accepted");
    for (const char* header :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})", R"({"alg":"nOnE"})", R"({"alg":""})",
          R"({"alg":"hs256"})", R"({"alg":"HS256 "})", R"({"alg":"HS257"})", R"({})"})
        EXPECT_EQ(outcome_of_header(header), "token_malformed") << header;
}

TEST(Jws, only_three_segments_are_a_token) {
    const KeySet keys = keys_of(secret_key());
    const std::string good = signed_token(R"({"alg":"HS256"})", "{}");
    const auto parts = *split(good);
    const std::string header(parts.header), payload(parts.payload), signature(parts.signature);
    ASSERT_EQ(outcome(good, keys), "accepted");
    for (const std::string& text : {""s,
                                    "."s,
                                    ".."s,
                                    "..."s,
                                    header,
                                    header + "." + payload,
                                    header + "." + payload + ".",
                                    "." + payload + "." + signature,
                                    good + ".",
                                    good + "." + signature,
                                    "." + good,
                                    header + ".." + payload + "." + signature,
                                    good + "=",
                                    good + " ",
                                    " " + good,
                                    good + "\n",
                                    good + "\0"s,
                                    "Bearer " + good,
                                    header + "=." + payload + "." + signature,
                                    header + "." + payload + "=." + signature})
        EXPECT_NE(outcome(text, keys), "accepted") << text;
    EXPECT_EQ(outcome(header + ".." + signature, keys), "token_signature");  // an empty payload can be signed
    EXPECT_EQ(outcome(signed_token(R"({"alg":"HS256"})", ""), keys), "accepted");
}

TEST(Jws, the_json_serialization_is_no_token) {
    EXPECT_EQ(
        outcome(R"({"payload":"Zm9v","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"AAAA"})", keys_of(secret_key())),
        "token_malformed");
}

TEST(Jws, a_token_over_the_limit_is_refused) {
    const KeySet keys = keys_of(secret_key());
    const std::string token = signed_token(R"({"alg":"HS256"})", std::string(5000, 'x'));
    EXPECT_EQ(outcome(token, keys, token.size()), "accepted");
    EXPECT_EQ(outcome(token, keys, token.size() - 1), "token_malformed");
    EXPECT_EQ(outcome(signed_token(R"({"alg":"HS256"})", std::string(7000, 'x')), keys), "token_malformed");
}

TEST(Jws, a_header_that_is_no_json_object_is_refused) {
    for (const std::string& header :
         {"[]"s, "\"HS256\""s, "null"s, ""s, "{"s, R"({"alg":"HS256"}x)"s, R"({"alg":"HS256",})"s,
          R"([{"alg":"HS256"}])"s, "\xEF\xBB\xBF{\"alg\":\"HS256\"}"s, "{\"alg\":\"HS256\",\"x\":\"\xFF\"}"s,
          R"({"alg":"HS256"})"s + "\0"s})
        EXPECT_EQ(outcome_of_header(header), "token_malformed") << header;
}

// RFC 7515 §4: "Header Parameter names within the JOSE Header MUST be unique".
TEST(Jws, a_member_twice_in_the_header_is_refused) {
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","kid":"a"})"), "accepted");
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","alg":"HS256"})"), "token_malformed");
    EXPECT_EQ(outcome_of_header(R"({"alg":"none","alg":"HS256"})"), "token_malformed");
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","\u0061lg":"none"})"), "token_malformed");
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","x":{"a":1,"a":2}})"), "token_malformed");
}

// RFC 7515 §4.1.11, RFC 7797 §3, RFC 7516 §4.1.2 and §4.1.3.
TEST(Jws, crit_b64_enc_and_zip_are_refused_and_unknown_members_are_not) {
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","x-unknown":{"a":[1]}})"), "accepted");
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","b64":true})"), "accepted");  // says what is so anyway
    for (const char* header :
         {R"({"alg":"HS256","crit":["exp"],"exp":1})", R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":null})",
          R"({"alg":"HS256","crit":["b64"],"b64":true})", R"({"alg":"HS256","b64":false})",
          R"({"alg":"HS256","b64":"true"})", R"({"alg":"HS256","b64":null})", R"({"alg":"HS256","b64":1})",
          R"({"alg":"HS256","enc":"A128GCM"})", R"({"alg":"HS256","zip":"DEF"})"})
        EXPECT_EQ(outcome_of_header(header), "token_malformed") << header;
}

TEST(Jws, alg_kid_typ_and_cty_are_strings) {
    EXPECT_EQ(outcome_of_header(R"({"alg":"HS256","kid":"k","typ":"JWT","cty":"x"})"), "accepted");
    for (const char* header :
         {R"({"alg":256})", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":"HS256","kid":1})",
          R"({"alg":"HS256","kid":null})", R"({"alg":"HS256","typ":["JWT"]})", R"({"alg":"HS256","cty":{}})"})
        EXPECT_EQ(outcome_of_header(header), "token_malformed") << header;
}

// RFC 8725 §3.10 and the CVEs of 2018: a key that comes with the token proves nothing.
TEST(Jws, a_key_in_the_header_is_not_used) {
    const Key stranger = Key::generate_es256();
    const std::string header = R"({"alg":"ES256","jwk":)" + stranger.public_jwk() + "}";
    const std::string token = sign_compact(header, "{}", stranger);
    EXPECT_EQ(outcome(token, keys_of(Key::generate_es256())), "token_signature");
    EXPECT_EQ(outcome(token, keys_of(secret_key())), "token_key_unknown");
}

// RFC 8725 §2.1: the public key's text taken for an HMAC secret.
TEST(Jws, a_public_key_is_never_an_hmac_secret) {
    const Key server = Key::generate_es256();
    const std::string jwk = server.public_jwk();
    const Key forger = Key::from_secret(*find_algorithm("HS256"), jwk).value();
    EXPECT_EQ(outcome(sign_compact(R"({"alg":"HS256"})", "{}", forger), KeySet::parse(jwk).value()),
              "token_key_unknown");
}

TEST(Jws, kid_chooses_where_token_and_key_have_one) {
    const std::string token = signed_token(R"({"alg":"HS256","kid":"a"})", "{}");
    EXPECT_EQ(outcome(token, keys_of(secret_key("a"))), "accepted");
    EXPECT_EQ(outcome(token, keys_of(secret_key())), "accepted");
    EXPECT_EQ(outcome(token, keys_of(secret_key("b"))), "token_key_unknown");
    EXPECT_EQ(outcome(signed_token(R"({"alg":"HS256"})", "{}"), keys_of(secret_key("b"))), "accepted");
}

TEST(Jws, every_key_that_fits_is_tried) {
    KeySet keys = keys_of(Key::from_secret(*find_algorithm("HS256"), "another secret").value());
    const std::string token = signed_token(R"({"alg":"HS256"})", "{}");
    EXPECT_EQ(outcome(token, keys), "token_signature");
    keys.add(secret_key());
    EXPECT_EQ(outcome(token, keys), "accepted");
}

TEST(Jws, ecdsa_in_der_is_refused) {
    // RFC 7518 §3.4 asks for r || s. Both are 32 bytes here, so DER begins 30 46 or shorter and is never 64 long.
    const Vector& vector = vector_of("RFC 7515 A.3");
    const auto parts = *split(vector.token);
    const std::string raw = *base64url::decode(parts.signature);
    const auto integer = [](std::string number) {
        if ((number[0] & '\x80') != 0) number.insert(0, 1, '\0');
        return "\x02" + std::string(1, static_cast<char>(number.size())) + number;
    };
    const std::string body = integer(raw.substr(0, 32)) + integer(raw.substr(32));
    const std::string der = "\x30" + std::string(1, static_cast<char>(body.size())) + body;
    const std::string token = std::string(parts.signing_input) + "." + base64url::encode(der);
    EXPECT_EQ(outcome(token, KeySet::parse(vector.jwk).value()), "token_signature");
}

// CVE-2022-21449: r = s = 0 verified under everything.
TEST(Jws, a_signature_of_zeros_is_refused) {
    const Vector& vector = vector_of("RFC 7515 A.3");
    const auto parts = *split(vector.token);
    const std::string zeros = base64url::encode(std::string(64, '\0'));
    EXPECT_EQ(outcome(std::string(parts.signing_input) + "." + zeros, KeySet::parse(vector.jwk).value()),
              "token_signature");
}

}  // namespace
}  // namespace keyhold::jose
