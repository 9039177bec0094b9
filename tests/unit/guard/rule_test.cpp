// SPDX-License-Identifier: Apache-2.0
// What a refusal says is RFC 6750 §3's, RFC 9470 §3's and RFC 9457 §3's.
#include <gtest/gtest.h>

#include "../jose/fixtures.hpp"
#include "keyhold/guard.hpp"

namespace keyhold {
namespace {

using namespace jose::test;
using namespace std::chrono_literals;

const std::chrono::system_clock::time_point now{1'300'000'000s};

Problem refusal(const Rule& rule, std::string_view claims) {
    static const Guard guard = Guard::from_secret(secret, {.realm = "notes"});
    const std::string token = jose::issue(R"({"exp":1300000100)" + std::string(claims) + "}", secret_key());
    const auto checked = guard.check("Bearer " + token, rule, now);
    return checked ? Problem{.status = 200} : checked.problem();
}
int status(const Rule& rule, std::string_view claims) { return refusal(rule, claims).status; }

TEST(Rule, a_scope_is_a_whole_word) {
    EXPECT_EQ(status(scope("b"), R"(,"scope":"a b c")"), 200);
    EXPECT_EQ(status(scope("a"), R"(,"scope":"a")"), 200);
    EXPECT_EQ(status(scope("b"), R"(,"scp":["a","b"])"), 200);
    for (const char* claims : {"", R"(,"scope":"")", R"(,"scope":"bb")", R"(,"scope":"a:b")", R"(,"scope":["c"])",
                               R"(,"scope":5)", R"(,"scp":{"b":1})", R"(,"scope":"B")"})
        EXPECT_EQ(status(scope("b"), claims), 403) << claims;
}

TEST(Rule, a_role_is_one_of_the_list) {
    EXPECT_EQ(status(role("admin"), R"(,"roles":["user","admin"])"), 200);
    EXPECT_EQ(status(role("admin"), R"(,"roles":"admin")"), 200);
    for (const char* claims :
         {"", R"(,"roles":[])", R"(,"roles":"not admin")", R"(,"roles":[["admin"]])", R"(,"role":"admin")"})
        EXPECT_EQ(status(role("admin"), claims), 403) << claims;
}

TEST(Rule, a_claim_has_a_value) {
    EXPECT_EQ(status(claim("tenant", "t1"), R"(,"tenant":"t1")"), 200);
    EXPECT_EQ(status(claim("tenant", "t1"), R"(,"tenant":["t0","t1"])"), 200);
    EXPECT_EQ(status(claim("tenant", "t1"), R"(,"tenant":"t2")"), 403);
    EXPECT_EQ(status(claim("tenant", ""), ""), 403);
}

TEST(Rule, fresh_is_about_when_somebody_signed_in) {
    const Rule rule = fresh(10min);
    EXPECT_EQ(status(rule, R"(,"auth_time":1299999400)"), 200);
    EXPECT_EQ(status(rule, R"(,"auth_time":1299999399)"), 401);
    EXPECT_EQ(status(rule, R"(,"auth_time":1300000060)"), 200);  // the issuer's clock
    EXPECT_EQ(status(rule, R"(,"auth_time":1300000061)"), 401);
    EXPECT_EQ(status(rule, R"(,"auth_time":"1300000000")"), 401);
    EXPECT_EQ(status(rule, R"(,"iat":1300000000)"), 401);
}

TEST(Rule, rules_are_composed) {
    const Rule both = scope("a") && role("b"), either = scope("a") || role("b");
    EXPECT_EQ(status(both, R"(,"scope":"a","roles":["b"])"), 200);
    EXPECT_EQ(status(both, R"(,"scope":"a")"), 403);
    EXPECT_EQ(status(both, R"(,"roles":["b"])"), 403);
    EXPECT_EQ(status(either, R"(,"scope":"a")"), 200);
    EXPECT_EQ(status(either, R"(,"roles":["b"])"), 200);
    EXPECT_EQ(status(either, ""), 403);
    EXPECT_EQ(status((scope("x") || scope("a")) && scope("c"), R"(,"scope":"a c")"), 200);
    EXPECT_EQ(status(Rule() && scope("a"), ""), 403);
    EXPECT_EQ(status(scope("a") && Rule(), ""), 403);
    EXPECT_EQ(status(Rule() || scope("a"), ""), 200);
}

TEST(Rule, what_is_no_scope_is_refused_when_it_is_made) {
    for (const char* name : {"", "a b", "a\"", "a\\b", "\r\n", "\xC3\xA9"})
        EXPECT_THROW((void)scope(name), std::invalid_argument);
    EXPECT_THROW((void)role(""), std::invalid_argument);
    EXPECT_THROW((void)fresh(-1s), std::invalid_argument);
}

TEST(Problem, of_a_missing_scope_names_all_that_are_needed) {
    const Problem problem = refusal(scope("a") && (scope("b") || scope("x")) && role("r"), R"(,"scope":"a")");
    EXPECT_EQ(problem.status, 403);
    EXPECT_EQ(problem.code, "insufficient_scope");
    EXPECT_EQ(
        problem.www_authenticate,
        R"(Bearer realm="notes", error="insufficient_scope", error_description="The token lacks a scope", scope="a b")");
    EXPECT_EQ(problem.body,
              R"({"type":"about:blank","title":"Forbidden","status":403,"detail":"The token lacks a scope",)"
              R"("code":"insufficient_scope","error":"insufficient_scope"})");
    EXPECT_EQ(problem.retry_after, "");
}

TEST(Problem, of_an_old_sign_in_says_how_old_it_may_be) {
    const Problem problem = refusal(fresh(10min), "");
    EXPECT_EQ(problem.status, 401);
    EXPECT_EQ(problem.www_authenticate, R"(Bearer realm="notes", error="insufficient_user_authentication", )"
                                        R"(error_description="Sign in again: it has been too long", max_age="600")");
}

// RFC 6750 §3.1: "the resource server SHOULD NOT include an error code" where no token came.
TEST(Problem, without_a_token_names_no_error) {
    const Problem problem = Guard::from_secret(secret).check("").problem();
    EXPECT_EQ(problem.status, 401);
    EXPECT_EQ(problem.www_authenticate, R"(Bearer realm="protected")");
    EXPECT_EQ(problem.body, R"({"type":"about:blank","title":"Unauthorized","status":401,"detail":"Not authenticated",)"
                            R"("code":"not_authenticated"})");
}

TEST(Problem, all_bad_tokens_read_alike_to_strangers_and_differ_in_the_log) {
    const Guard guard = Guard::from_secret(secret);
    const Problem expired = guard.check("Bearer " + jose::issue(R"({"exp":1})", secret_key()), {}, now).problem();
    const Problem forged = guard.check("Bearer a.b.c", {}, now).problem();
    EXPECT_EQ(expired.www_authenticate, R"(Bearer realm="protected", error="invalid_token", )"
                                        R"(error_description="Could not validate credentials")");
    EXPECT_EQ(forged.www_authenticate, expired.www_authenticate);
    EXPECT_EQ(forged.body, expired.body);
    EXPECT_EQ(expired.code, "token_expired");
    EXPECT_EQ(forged.code, "token_malformed");
}

}  // namespace
}  // namespace keyhold
