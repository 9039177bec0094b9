// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/token_lines.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "jose/errors.hpp"
#include "jose/jws.hpp"

namespace keyhold::cli {
namespace {

using namespace std::string_literals;

constexpr Time now{std::chrono::seconds(1'300'000'000)};
// RFC 7515 A.1, which expires at 1300819380.
constexpr std::string_view token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvb"
    "S9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view answer = "ok {\"iss\":\"joe\",\"exp\":1300819380,\"http://example.com/is_root\":true}\n";

const jose::KeySet& keys() {
    static const jose::KeySet keys = [] {
        return jose::KeySet::
            parse(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})")
                .value();
    }();
    return keys;
}

jose::Expectations tool_expectations() {
    jose::Expectations expectations;
    expectations.expiry_required = false;
    expectations.audience_ignored = true;
    return expectations;
}

std::string answers(const std::string& input, Format format = Format::text, Time at = now) {
    std::istringstream in(input);
    std::ostringstream out;
    verify_lines(in, out, keys(), tool_expectations(), at, format);
    return out.str();
}

std::string sign(std::string_view header, std::string_view payload) {
    return jose::sign_compact(header, payload, keys().signing());
}

TEST(TokenLines, answers_each_line_by_a_line) {
    const std::string good(token);
    EXPECT_EQ(answers(""), "");
    EXPECT_EQ(answers(good), answer);
    EXPECT_EQ(answers(good + "\n"), answer);
    EXPECT_EQ(answers(good + "\r\n" + good), std::string(answer) + std::string(answer));
    EXPECT_EQ(answers("\n" + good), "refused token_malformed: A token has three segments\n" + std::string(answer));
    EXPECT_EQ(answers(good + "\0"s), "refused token_malformed: The signature is not base64url\n");
    EXPECT_EQ(answers(good, Format::text, Time(std::chrono::seconds(1300819380))),
              "refused token_expired: The token has expired (exp)\n");
}

TEST(TokenLines, a_line_that_is_too_long_is_refused_and_the_next_one_read) {
    EXPECT_EQ(answers(std::string(3 * max_token_line, 'a') + "\n" + std::string(token)),
              "refused token_malformed: The token is too long\n" + std::string(answer));
}

TEST(TokenLines, counts_what_was_refused) {
    std::istringstream in(std::string(token) + "\nx\ny\n");
    std::ostringstream out;
    EXPECT_EQ(verify_lines(in, out, keys(), tool_expectations(), now, Format::text), 2U);
}

TEST(TokenLines, json_says_the_same) {
    EXPECT_EQ(answers(std::string(token) + "\nx", Format::json),
              R"({"ok":true,"claims":{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}})"
              "\n"
              R"({"ok":false,"code":"token_malformed","detail":"A token has three segments"})"
              "\n");
}

TEST(TokenLines, a_payload_that_is_no_object_is_a_plain_jws) {
    EXPECT_EQ(answers(sign(R"({"alg":"HS256"})", "Payload")), "ok UGF5bG9hZA\n");
    EXPECT_EQ(answers(sign(R"({"alg":"HS256"})", "Payload"), Format::json),
              "{\"ok\":true,\"payload\":\"UGF5bG9hZA\"}\n");
    EXPECT_EQ(answers(sign(R"({"alg":"HS256"})", "[1]")), "ok WzFd\n");
    for (const char* header :
         {R"({"alg":"HS256","typ":"JWT"})", R"({"alg":"HS256","typ":"jwt"})", R"({"alg":"HS256","typ":"at+jwt"})",
          R"({"alg":"HS256","typ":"application/at+jwt"})", R"({"alg":"HS256","typ":"application/JWT"})"})
        EXPECT_TRUE(answers(sign(header, "Payload")).starts_with("refused token_malformed: ")) << header;
    EXPECT_TRUE(
        answers(sign(R"({"alg":"HS256"})", R"({"exp":1,"exp":9999999999})")).starts_with("refused token_malformed: "));
    EXPECT_TRUE(answers(sign(R"({"alg":"HS256"})", " {")).starts_with("refused token_malformed: "));
}

TEST(TokenLines, where_no_key_can_be_used_every_line_is_refused) {
    std::istringstream in(std::string(token) + "\r\n\nx");
    std::ostringstream out;
    const Error why(errors::key_weak, "k.json: n: RSA needs at least 2048 bits");
    EXPECT_EQ(refuse_lines(in, out, why, Format::text), 3U);
    const std::string line = "refused key_weak: k.json: n: RSA needs at least 2048 bits\n";
    EXPECT_EQ(out.str(), line + line + line);
    std::istringstream one("x");
    std::ostringstream json;
    EXPECT_EQ(refuse_lines(one, json, why, Format::json), 1U);
    EXPECT_EQ(json.str(),
              "{\"ok\":false,\"code\":\"key_weak\",\"detail\":\"k.json: n: RSA needs at least 2048 bits\"}\n");
}

}  // namespace
}  // namespace keyhold::cli
