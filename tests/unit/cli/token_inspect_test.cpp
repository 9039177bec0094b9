// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/token_inspect.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/jws.hpp"

namespace keyhold::cli {
namespace {

constexpr std::int64_t start = 1'700'000'000;  // 2023-11-14T22:13:20Z
constexpr Time now{std::chrono::seconds(start)};

jose::Key secret_key(std::string kid = {}, char letter = 'k') {
    return jose::Key::from_secret(*jose::find_algorithm("HS256"), std::string(32, letter), std::move(kid)).value();
}
jose::KeySet keys_of(jose::Key key) {
    jose::KeySet keys;
    keys.add(std::move(key));
    return keys;
}

Knowledge knowing(const jose::KeySet& keys) {
    Knowledge knowledge;
    knowledge.keys = &keys;
    return knowledge;
}

// The sentence, behind the code of a refusal.
std::string sentence(const Result<Inspected>& inspected) {
    if (!inspected) return "nothing to show: " + std::string(inspected.error().detail());
    if (!inspected->refusal) return inspected->praise;
    return std::string(inspected->refusal->row().code) + ": " + std::string(inspected->refusal->detail());
}

// Of a token with these claims, by the one who has the key.
std::string sentence_for(std::string_view claims) {
    const jose::KeySet keys = keys_of(secret_key());
    return sentence(inspect_token(jose::issue(claims, keys.signing()), knowing(keys), now));
}
std::string exp(std::int64_t from_now) { return R"({"exp":)" + std::to_string(start + from_now) + "}"; }

TEST(TokenInspect, says_since_when_a_token_has_been_expired) {
    EXPECT_EQ(sentence_for(exp(-12)),
              "token_expired: It expired 12 s ago (exp, 2023-11-14T22:13:08Z); do the clocks agree?");
    EXPECT_EQ(sentence_for(exp(0)), "token_expired: It expires at this very second (exp, 2023-11-14T22:13:20Z)");
    EXPECT_EQ(sentence_for(R"({"exp":1699999999.5})"),
              "token_expired: It expired 1 s ago (exp, 2023-11-14T22:13:19Z); do the clocks agree?");
    EXPECT_EQ(sentence_for(exp(-119)),
              "token_expired: It expired 119 s ago (exp, 2023-11-14T22:11:21Z); do the clocks agree?");
    EXPECT_EQ(sentence_for(exp(-185)),
              "token_expired: It expired 3 min 5 s ago (exp, 2023-11-14T22:10:15Z); do the clocks agree?");
    EXPECT_EQ(sentence_for(exp(-301)), "token_expired: It expired 5 min 1 s ago (exp, 2023-11-14T22:08:19Z)");
    EXPECT_EQ(sentence_for(exp(-7800)), "token_expired: It expired 2 h 10 min ago (exp, 2023-11-14T20:03:20Z)");
    EXPECT_EQ(sentence_for(exp(-3 * 86400)), "token_expired: It expired 3 d ago (exp, 2023-11-11T22:13:20Z)");
    EXPECT_EQ(sentence_for(R"({"exp":-1e300})"), "token_expired: It expired more than 100 years ago (exp)");
}

TEST(TokenInspect, says_when_a_token_begins) {
    EXPECT_EQ(
        sentence_for(R"({"exp":1800000000,"nbf":1700000030})"),
        "token_not_yet_valid: It is not valid for another 30 s (nbf, 2023-11-14T22:13:50Z); do the clocks agree?");
    EXPECT_EQ(sentence_for(R"({"exp":1800000000,"nbf":1700090000})"),
              "token_not_yet_valid: It is not valid for another 1 d 1 h (nbf, 2023-11-15T23:13:20Z)");
    EXPECT_EQ(sentence_for(R"({"exp":1800000000,"iat":1700000008})"),
              "token_not_yet_valid: It was issued 8 s from now (iat, 2023-11-14T22:13:28Z): the clock there is ahead "
              "of this one");
}

TEST(TokenInspect, says_how_long_a_good_token_lasts_and_who_signed_it) {
    EXPECT_EQ(sentence_for(exp(1788)),
              "It was signed by the secret (HS256) and is valid for another 29 min 48 s (exp, 2023-11-14T22:43:08Z)");
    EXPECT_EQ(sentence_for(R"({"exp":1e300})"),
              "It was signed by the secret (HS256) and is valid for another more than 100 years (exp)");
    const jose::KeySet keys = keys_of(secret_key("k\n1"));
    Knowledge lenient = knowing(keys);
    lenient.expectations.expiry_required = false;
    EXPECT_EQ(sentence(inspect_token(jose::issue("{}", keys.signing()), lenient, now)),
              R"(It was signed by "k\n1" (HS256) and never expires (no exp))");
    EXPECT_EQ(sentence(inspect_token(jose::sign_compact(R"({"alg":"HS256"})", "text", keys.signing()), lenient, now)),
              R"(It was signed by "k\n1" (HS256) and holds no claims)");
}

TEST(TokenInspect, says_what_is_wrong_with_a_claim) {
    EXPECT_EQ(sentence_for("{}"), "token_claims: The token never expires (no exp)");
    EXPECT_EQ(sentence_for(R"({"exp":"1"})"), "token_claims: exp, nbf or iat is not a number");
    EXPECT_EQ(sentence_for(R"({"exp":1800000000,"aud":"api"})"),
              "token_claims: The token is for an audience (aud), and we have no name");
    const jose::KeySet keys = keys_of(secret_key());
    Knowledge knowledge = knowing(keys);
    knowledge.expectations.issuer = "https://a.example";
    const auto with_issuer = [&](std::string_view claims) {
        return sentence(inspect_token(jose::issue(claims, keys.signing()), knowledge, now));
    };
    EXPECT_EQ(with_issuer(R"({"exp":1800000000,"iss":"https://a.example"})").substr(0, 13), "It was signed");
    EXPECT_EQ(with_issuer(R"({"exp":1800000000,"iss":"b"})"),
              R"(token_claims: Its issuer (iss) is "b", and "https://a.example" is expected)");
    EXPECT_EQ(with_issuer(R"({"exp":1800000000})"),
              R"(token_claims: It names no issuer (iss), and "https://a.example" is expected)");
    EXPECT_EQ(with_issuer(R"({"exp":1800000000,"iss":1})"), "token_claims: iss, sub or jti is not a string");
}

TEST(TokenInspect, asks_for_the_type_as_the_server_does) {
    jose::KeySet keys = keys_of(jose::Key::generate_es256());
    keys.add(secret_key());
    const jose::Expectations under_secret;
    Knowledge knowledge = knowing(keys);
    knowledge.expectations.type = "at+jwt";
    knowledge.expectations.under_secret = &under_secret;
    const auto of = [&](const jose::Key& key, const char* typ) {
        return sentence(inspect_token(jose::issue(exp(60), key, typ), knowledge, now)).substr(0, 13);
    };
    EXPECT_EQ(of(keys.keys()[0], "at+jwt"), "It was signed");
    EXPECT_EQ(of(keys.keys()[0], "JWT"), "token_claims:");
    EXPECT_EQ(of(keys.keys()[1], "JWT"), "It was signed");
}

TEST(TokenInspect, says_which_key_is_missing) {
    jose::KeySet keys = keys_of(secret_key("a"));
    const auto of_header = [&](std::string_view header) {
        return sentence(inspect_token(jose::sign_compact(header, exp(60), secret_key()), knowing(keys), now));
    };
    EXPECT_EQ(of_header(R"({"alg":"HS256","kid":"b"})"),
              R"(token_key_unknown: No key here is for alg HS256 and kid "b"; there is "a" (HS256))");
    EXPECT_EQ(of_header(R"({"alg":"ES256"})"),
              R"(token_key_unknown: No key here is for alg ES256; there is "a" (HS256))");
    EXPECT_EQ(of_header(R"({"alg":"ES256","kid":"a"})"),
              R"(token_key_unknown: The key "a" is for HS256, and the header says ES256)");
    EXPECT_EQ(of_header(R"({"alg":"HS256","kid":""})"),
              R"(token_key_unknown: No key here is for alg HS256 and kid ""; there is "a" (HS256))");
    for (int i = 0; i < 6; ++i) keys.add(secret_key(std::to_string(i)));
    EXPECT_EQ(
        of_header(R"({"alg":"ES256"})"),
        R"(token_key_unknown: No key here is for alg ES256; there is "a" (HS256), "0" (HS256), "1" (HS256), "2" (HS256), "3" (HS256) and 2 more)");
    Knowledge knowledge = knowing(keys);
    knowledge.what_became_of_key = [](std::string_view kid) {
        return kid == "old" ? std::string("The key \"old\" was retired on 2023-11-01") : std::string();
    };
    const auto with_history = [&](std::string_view header) {
        return sentence(inspect_token(jose::sign_compact(header, exp(60), secret_key()), knowledge, now));
    };
    EXPECT_EQ(with_history(R"({"alg":"HS256","kid":"old"})"),
              "token_key_unknown: The key \"old\" was retired on 2023-11-01");
    EXPECT_EQ(with_history(R"({"alg":"HS256","kid":"new"})").substr(0, 32), "token_key_unknown: No key here i");
}

TEST(TokenInspect, says_whose_signature_it_is_not) {
    jose::KeySet keys = keys_of(secret_key("a"));
    const std::string token = jose::issue(exp(-60), secret_key({}, 'x'));
    EXPECT_EQ(
        sentence(inspect_token(token, knowing(keys), now)),
        R"(token_signature: Its signature was not made by "a" (HS256): another key signed it, or it was changed afterwards)");
    keys.add(secret_key("b"));
    EXPECT_EQ(sentence(inspect_token(token, knowing(keys), now)),
              "token_signature: Its signature was not made by any of the keys here that fit: another key signed it, or "
              "it was changed afterwards");
    EXPECT_EQ(inspect_token(token, knowing(keys), now)->signature, SignatureState::bad);
    EXPECT_EQ(inspect_token(token, knowing(keys), now)->body.claims, exp(-60));  // shown even so
}

TEST(TokenInspect, without_a_key_it_says_that_nothing_was_checked) {
    const std::string token = jose::issue(exp(60), secret_key());
    EXPECT_EQ(sentence(inspect_token(token, {}, now)),
              "Nothing in it speaks against it, but its signature was not checked: there is no key here");
    EXPECT_EQ(inspect_token(token, {}, now)->signature, SignatureState::not_checked);
    EXPECT_EQ(sentence(inspect_token(jose::issue(exp(-1), secret_key()), {}, now)),
              "token_expired: It expired 1 s ago (exp, 2023-11-14T22:13:19Z); do the clocks agree?");
}

TEST(TokenInspect, asks_what_the_server_knows_of_a_good_token_alone) {
    const jose::KeySet keys = keys_of(secret_key());
    Knowledge knowledge = knowing(keys);
    int asked = 0;
    knowledge.why_not_live = [&](const json::Value& claims, const jose::Key&) -> std::optional<Error> {
        ++asked;
        if (claims.find("sid")->string() != "s1") return std::nullopt;
        return Error(errors::token_not_live, "Its session was ended by a change of the password on 2023-11-14");
    };
    const auto of = [&](std::string_view claims, const jose::Key& key) {
        return sentence(inspect_token(jose::issue(claims, key), knowledge, now));
    };
    EXPECT_EQ(of(R"({"sid":"s1","exp":1800000000})", keys.signing()),
              "token_not_live: Its session was ended by a change of the password on 2023-11-14");
    EXPECT_EQ(of(R"({"sid":"s2","exp":1800000000})", keys.signing()).substr(0, 13), "It was signed");
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(of(R"({"sid":"s1","exp":1})", keys.signing()).substr(0, 14), "token_expired:");
    EXPECT_EQ(of(R"({"sid":"s1","exp":1800000000})", secret_key({}, 'x')).substr(0, 16), "token_signature:");
    EXPECT_EQ(asked, 2);
}

TEST(TokenInspect, shows_what_it_can_of_a_token_that_is_none) {
    const jose::KeySet keys = keys_of(secret_key());
    const auto unsigned_token = inspect_token("eyJhbGciOiJub25lIn0.e30.", knowing(keys), now);  // RFC 7515 A.5's header
    ASSERT_TRUE(unsigned_token);
    EXPECT_EQ(unsigned_token->header, R"({"alg":"none"})");
    EXPECT_EQ(sentence(unsigned_token), "token_malformed: The token is not signed");
    EXPECT_EQ(unsigned_token->signature, SignatureState::not_checked);
    const auto with_crit =
        inspect_token(jose::sign_compact(R"({"alg":"HS256","crit":["x"]})", "{}", keys.signing()), knowing(keys), now);
    EXPECT_EQ(sentence(with_crit), "token_malformed: The header demands an extension (crit)");
    const auto no_claims =
        inspect_token(jose::sign_compact(R"({"alg":"HS256","typ":"JWT"})", "[", keys.signing()), knowing(keys), now);
    EXPECT_EQ(sentence(no_claims).substr(0, 16), "token_malformed:");
    EXPECT_EQ(no_claims->body.payload, "Ww");
    for (const char* text : {"x", "x.y.z", "", "a.b.c.d.e"})
        EXPECT_FALSE(inspect_token(text, knowing(keys), now)) << text;
}

TEST(TokenInspect, is_written_as_three_lines_or_an_object) {
    const jose::KeySet keys = keys_of(secret_key());
    const auto written = [&](std::int64_t from_now, const Knowledge& knowledge, Format format) {
        std::ostringstream out;
        write_inspected(out, *inspect_token(jose::issue(exp(from_now), keys.signing()), knowledge, now), format);
        return out.str();
    };
    EXPECT_EQ(written(-12, knowing(keys), Format::text),
              "header  {\"alg\":\"HS256\",\"typ\":\"JWT\"}\nclaims  {\"exp\":1699999988}\n"
              "refused token_expired: It expired 12 s ago (exp, 2023-11-14T22:13:08Z); do the clocks agree?\n");
    EXPECT_NE(written(12, knowing(keys), Format::text).find("\nok      It was signed by"), std::string::npos);
    EXPECT_NE(written(12, {}, Format::text).find("\nunchecked Nothing in it"), std::string::npos);
    json::Document document;
    const auto refused = *document.parse(written(-12, knowing(keys), Format::json));
    EXPECT_EQ(refused.find("verified")->boolean(), false);
    EXPECT_EQ(refused.find("signature")->string(), "good");
    EXPECT_EQ(refused.find("claims")->find("exp")->integer(), start - 12);
    EXPECT_EQ(refused.find("refused")->find("code")->string(), "token_expired");
    EXPECT_EQ(refused.find("refused")->find("detail")->string(), refused.find("detail")->string());
    const auto good = *document.parse(written(12, knowing(keys), Format::json));
    EXPECT_EQ(good.find("verified")->boolean(), true);
    EXPECT_EQ(good.find("refused")->type(), json::Type::null);
    const auto unchecked = *document.parse(written(12, {}, Format::json));
    EXPECT_EQ(unchecked.find("verified")->boolean(), false);
    EXPECT_EQ(unchecked.find("signature")->string(), "not_checked");
}

}  // namespace
}  // namespace keyhold::cli
