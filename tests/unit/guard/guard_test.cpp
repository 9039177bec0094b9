// SPDX-License-Identifier: Apache-2.0
#include "keyhold/guard.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <thread>
#include <type_traits>

#include "../jose/fixtures.hpp"
#include "jose/algorithm.hpp"

namespace keyhold {
namespace {

using namespace jose::test;
using namespace std::chrono_literals;
using std::chrono::system_clock;

const system_clock::time_point now{1'300'000'000s};  // before RFC 7515's example expires
constexpr std::string_view until = R"({"sub":"ann","exp":1300000100)";

std::string token_with(std::string_view more) {
    return jose::issue(std::string(until).append(more) + "}", secret_key());
}
std::string bearer(std::string_view token) { return "Bearer " + std::string(token); }

std::string outcome(const Guard& guard, std::string_view token, const Rule& rule = {},
                    system_clock::time_point at = now) {
    const auto checked = guard.check(bearer(token), rule, at);
    return checked ? "accepted" : checked.problem().code;
}

// A file of the test's own.
class File {
public:
    explicit File(std::string_view text) { write(text); }
    ~File() { std::remove(path_.c_str()); }
    void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
    const std::string& path() const { return path_; }

private:
    std::string path_ = testing::TempDir() + "keyhold_guard_" + std::to_string(getpid()) + ".json";
};

TEST(Guard, lets_in_whoever_has_a_good_token_and_says_who_it_is) {
    const Guard guard = Guard::from_secret(secret);
    const auto caller = guard.check(bearer(token_with(R"(,"age":7,"scope":"a b","roles":["r"])")), {}, now);
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->subject(), "ann");
    EXPECT_EQ(caller->claim("scope"), "a b");
    EXPECT_EQ(caller->claim("age"), std::nullopt);
    EXPECT_EQ(caller->integer_claim("age"), 7);
    EXPECT_TRUE(caller->has_scope("a") && caller->has_scope("b") && !caller->has_scope("a b") &&
                !caller->has_scope(""));
    EXPECT_TRUE(caller->has_role("r") && !caller->has_role("s"));
    EXPECT_EQ(caller->claims_json(), R"({"sub":"ann","exp":1300000100,"age":7,"scope":"a b","roles":["r"]})");
}

TEST(Guard, check_never_throws) {
    static_assert(noexcept(std::declval<const Guard&>().check("")));
    const Guard guard = Guard::from_secret(secret);
    EXPECT_THROW((void)*guard.check(""), std::bad_optional_access);
}

TEST(Guard, a_caller_outlives_the_guard_and_the_check) {
    std::optional<Caller> kept;
    {
        const Guard guard = Guard::from_secret(secret);
        kept = *guard.check(bearer(token_with("")), {}, now);
    }
    EXPECT_EQ(kept->subject(), "ann");
}

TEST(Guard, whatever_is_no_bearer_token_is_not_authenticated) {
    const Guard guard = Guard::from_secret(secret);
    const std::string token = token_with("");
    for (const std::string& field :
         {std::string(), "Basic " + token, token, "Bearer\t" + token, "BearerX " + token, " Bearer " + token})
        EXPECT_EQ(guard.check(field, {}, now).problem().code, "not_authenticated") << field;
    for (const char* field : {"Bearer", "Bearer "})  // as at the server
        EXPECT_EQ(guard.check(field, {}, now).problem().code, "token_malformed") << field;
    EXPECT_TRUE(guard.check("bEARER   " + token, {}, now));
    EXPECT_EQ(outcome(guard, token + " x"), "token_malformed");
    EXPECT_EQ(outcome(guard, token + "," + token), "token_malformed");
    EXPECT_EQ(outcome(guard, std::string(9000, 'a') + token), "token_malformed");
}

// RFC 7519 §4.1.4: "on or after which the JWT MUST NOT be accepted".
TEST(Guard, exp_is_taken_at_its_word_unless_said_otherwise) {
    const Guard guard = Guard::from_secret(secret);
    const std::string token = token_with("");
    EXPECT_EQ(outcome(guard, token, {}, now + 99s), "accepted");
    EXPECT_EQ(outcome(guard, token, {}, now + 100s), "token_expired");  // although it is remembered
    EXPECT_EQ(outcome(guard, jose::issue(R"({"sub":"ann"})", secret_key())), "token_claims");
    const Guard generous = Guard::from_secret(secret, {.expiry_leeway = 5s});
    EXPECT_EQ(outcome(generous, token, {}, now + 104s), "accepted");
    EXPECT_EQ(outcome(generous, token, {}, now + 105s), "token_expired");
}

TEST(Guard, the_issuers_clock_may_be_a_minute_ahead) {
    const Guard guard = Guard::from_secret(secret);
    for (const std::string claim : {"nbf", "iat"}) {
        EXPECT_EQ(outcome(guard, token_with(",\"" + claim + "\":1300000060")), "accepted");
        EXPECT_EQ(outcome(guard, token_with(",\"" + claim + "\":1300000061")), "token_not_yet_valid");
    }
    EXPECT_EQ(outcome(Guard::from_secret(secret, {.leeway = 0s}), token_with(R"(,"iat":1300000001)")),
              "token_not_yet_valid");
}

TEST(Guard, issuer_audience_and_type_are_demanded_where_they_are_set) {
    const std::string plain = token_with(""), of_a = token_with(R"(,"iss":"a","aud":["x","api"])");
    EXPECT_EQ(outcome(Guard::from_secret(secret), of_a), "token_claims");  // RFC 7519 §4.1.3: for somebody else
    const Guard strict = Guard::from_secret(secret, {.issuer = "a", .audience = "api"});
    EXPECT_EQ(outcome(strict, of_a), "accepted");
    EXPECT_EQ(outcome(strict, plain), "token_claims");
    EXPECT_EQ(outcome(Guard::from_secret(secret, {.issuer = "b", .audience = "api"}), of_a), "token_claims");
    EXPECT_EQ(outcome(Guard::from_secret(secret, {.issuer = "a", .audience = "ap"}), of_a), "token_claims");
    const Guard typed = Guard::from_secret(secret, {.type = "at+jwt"});
    EXPECT_EQ(outcome(typed, plain), "token_claims");
    EXPECT_EQ(outcome(typed, jose::issue(std::string(until) + "}", secret_key(), "at+jwt")), "accepted");
}

// Whoever publishes a JWK Set signs other tokens besides under these keys.
TEST(Guard, a_jwk_set_is_taken_for_an_issuers_and_opens_to_access_tokens_for_the_issuer_alone) {
    const jose::Key key = jose::Key::generate_es256();
    const File file(key.public_jwk());
    const auto token = [&](std::string_view audience, std::string_view typ) {
        return jose::issue(std::string(until).append(R"(,"iss":"a","aud":")").append(audience) + "\"}", key, typ);
    };
    const Guard guard = Guard::from_jwks_file(file.path(), {.issuer = "a"});
    EXPECT_EQ(outcome(guard, token("a", "at+jwt")), "accepted");
    EXPECT_EQ(outcome(guard, token("b", "at+jwt")), "token_claims");
    EXPECT_EQ(outcome(guard, token("a", "JWT")), "token_claims");
    const Guard named = Guard::from_jwks_file(file.path(), {.issuer = "a", .audience = "b", .type = "JWT"});
    EXPECT_EQ(outcome(named, token("b", "JWT")), "accepted");
    EXPECT_EQ(outcome(named, token("b", "at+jwt")), "token_claims");
    EXPECT_EQ(outcome(named, token("a", "JWT")), "token_claims");
}

// The vectors' own tokens: RFC 7515, 7520, 8037, and Node's crypto for the algorithms that those do not show.
TEST(Guard, each_algorithms_vector_is_accepted_and_with_a_bit_changed_refused) {
    int accepted = 0;
    for (const jose::test::Vector& vector : signature_vectors()) {
        SCOPED_TRACE(vector.source + " " + vector.alg);
        const File file(vector.jwk);
        const Guard guard = Guard::from_jwks_file(file.path(), {.issuer = "joe", .audience = "", .type = ""});
        const bool has_claims = vector.token.find(".eyJpc3MiOiJqb2UiLA0K") != std::string::npos;
        EXPECT_EQ(outcome(guard, vector.token), has_claims ? "accepted" : "token_malformed");
        EXPECT_EQ(outcome(guard, vector.token), has_claims ? "accepted" : "token_malformed");  // and seen before
        accepted += has_claims ? 1 : 0;
        std::string changed = vector.token;
        char& character = changed[changed.rfind('.') + 10];
        character = character == 'A' ? 'B' : 'A';
        EXPECT_EQ(outcome(guard, changed), "token_signature");
        EXPECT_EQ(outcome(guard, vector.token, {}, now + 24h * 365), has_claims ? "token_expired" : "token_malformed");
    }
    EXPECT_EQ(accepted, 14);
}

TEST(Guard, the_rfcs_bad_tokens_are_refused) {
    json::Document document;
    const auto rows = document.parse(read_data("rfc_tokens.json"));
    for (auto row = rows->first(); row; row = row->next()) {
        SCOPED_TRACE(*row->find("source")->string());
        // A token may be an object, too: the JSON serialization, which is none that a bearer sends.
        const auto text_of = [&](std::string_view name) {
            const json::Value value = *row->find(name);
            if (value.is_string()) return std::string(*value.string());
            std::string text;
            json::append_value(text, value);
            return text;
        };
        const File file(text_of("key"));
        const auto said = outcome(Guard::from_jwks_file(file.path(), {.type = ""}), text_of("token"));
        if (*row->find("outcome")->string() == "accepted")
            EXPECT_NE(said, "token_signature");
        else
            EXPECT_NE(said, "accepted");
    }
}

TEST(Guard, a_key_that_is_taken_away_takes_its_remembered_tokens_along) {
    const jose::test::Vector& ours = vector_of("RFC 7515 A.3");
    File file(ours.jwk);
    const Guard guard = Guard::from_jwks_file(file.path(), {.type = "", .cool_down = 0s});
    EXPECT_EQ(outcome(guard, ours.token), "accepted");
    EXPECT_EQ(outcome(guard, ours.token), "accepted");
    file.write(vector_of("RFC 7515 A.2").jwk);
    EXPECT_EQ(outcome(guard, vector_of("RFC 7515 A.2").token), "accepted");  // an unknown key: the file is read again
    EXPECT_EQ(outcome(guard, ours.token), "token_key_unknown");
}

TEST(Guard, a_token_is_judged_by_the_guard_of_its_issuer) {
    const auto key_of = [](std::string_view text) {
        return jose::Key::from_secret(*jose::find_algorithm("HS256"), text).value();
    };
    const std::string one = "a secret of the first issuer, 32 long", two = "a secret of the other issuer, 32 long";
    const Guard both = Guard::any_of(
        {Guard::from_secret(one, {.issuer = "https://one"}), Guard::from_secret(two, {.issuer = "https://two"})});
    const auto from = [&](const std::string& issuer, const std::string& key) {
        return jose::issue(std::string(until) + R"(,"iss":")" + issuer + "\"}", key_of(key));
    };
    EXPECT_EQ(outcome(both, from("https://one", one)), "accepted");
    EXPECT_EQ(outcome(both, from("https://two", two)), "accepted");
    EXPECT_EQ(outcome(both, from("https://two", one)), "token_signature");  // one issuer cannot speak for another
    EXPECT_EQ(outcome(both, from("https://three", one)), "token_claims");
    EXPECT_EQ(outcome(both, token_with("")), "token_claims");
    EXPECT_THROW((void)Guard::any_of({}), std::invalid_argument);
}

TEST(Guard, any_number_of_threads_check_at_once) {
    const Guard guard = Guard::from_secret(secret, {.remembered_tokens = 2});
    std::vector<std::string> tokens;
    for (int i = 0; i < 8; ++i) tokens.push_back(token_with(",\"n\":" + std::to_string(i)));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread)
        threads.emplace_back([&] {
            for (int i = 0; i < 400; ++i) {
                const auto caller = guard.check(bearer(tokens[static_cast<std::size_t>(i) % 8]), {}, now);
                ASSERT_TRUE(caller);
                ASSERT_EQ(caller->integer_claim("n"), i % 8);
            }
        });
}

TEST(Guard, options_that_cannot_be_are_refused) {
    EXPECT_THROW((void)Guard::from_secret(secret, {.realm = "a\"b"}), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_secret(secret, {.realm = "a\r\nb"}), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_secret(secret, {.leeway = -1s}), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_secret(secret, {.introspection = Introspection{"rs", "x"}}), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_issuer("http://id.example"), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_issuer("file:///etc/passwd", {.allow_http = true}), std::invalid_argument);
    EXPECT_THROW((void)Guard::from_issuer("https://id.example", {.issuer = "https://other.example"}),
                 std::invalid_argument);
    EXPECT_THROW((void)Guard::from_secret("", {}), InvalidKey);
    EXPECT_THROW((void)Guard::from_secret(secret, {}, "RS256"), InvalidKey);
}

}  // namespace
}  // namespace keyhold
