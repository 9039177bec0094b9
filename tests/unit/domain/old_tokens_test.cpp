// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/old_tokens.hpp"

#include <gtest/gtest.h>

namespace keyhold::domain {

namespace {

constexpr Time now{std::chrono::seconds(1'800'000'000)};
constexpr std::chrono::minutes half_an_hour{30};

class OldTokens : public testing::Test {
protected:
    // What is said of {"sub": "ann", "exp": in half an hour, ...}; empty: it is an access token.
    std::string judge(const std::string& more, const OldTokenRules& rules = {}) {
        return judge_all(R"({"sub":"ann","exp":1800001800)" + more + "}", rules);
    }
    std::string judge_all(const std::string& claims, const OldTokenRules& rules = {}) {
        const auto value = document_.parse(claims);
        EXPECT_TRUE(value) << claims;
        const auto checked = check_old_token(*value, rules, now);
        return checked ? std::string() : std::string(checked.error().detail());
    }
    static OldTokenRules with(std::initializer_list<std::string> claims) {
        const std::vector<std::string> texts(claims);
        return {.lifetime = half_an_hour, .claims = parse_claim_rules(texts).value()};
    }
    bool from(const std::string& claims, std::int64_t first) {
        return is_issued_from(*document_.parse(claims), half_an_hour, Time(std::chrono::seconds(first)), now);
    }

private:
    json::Document document_;
};

}  // namespace

// What the tutorial, its descendants and flask-jwt-extended 4 sign as access tokens.
TEST_F(OldTokens, access_tokens_are_taken) {
    for (const char* more :
         {"", R"(,"iat":1800000000)", R"(,"iat":1800000000,"jti":"x","iss":"https://app.example")",
          R"(,"type":"access")", R"(,"token_type":"bearer")", R"(,"typ":"Bearer")", R"(,"token_use":"access")",
          R"(,"purpose":"access")",
          R"(,"fresh":false,"iat":1800000000,"jti":"x","type":"access","nbf":1800000000,"csrf":"y")"})
        EXPECT_EQ(judge(more), "") << more;
}

// RFC 8725 §3.12; the last but one is how the full-stack template signs a new password's link.
TEST_F(OldTokens, what_marks_another_kind_is_refused_by_the_claims_name) {
    for (const char* more :
         {R"("type":"refresh")", R"("token_type":"refresh")", R"("token_use":"id")", R"("typ":"refresh")",
          R"("use":"reset")", R"("purpose":"confirm_email")", R"("kind":"verify")", R"("scope":"refresh_token")",
          R"("scopes":["reset"])", R"("aud":"app:reset")", R"("aud":["fastapi-users:reset"])", R"("type":7)",
          R"("type":["access"])", R"("type":null)", R"("email_verification":true)", R"("nbf":1800000000)",
          R"("password_fgpt":"x")"}) {
        const std::string name = std::string(more).substr(0, std::string(more).find(':'));
        const std::string said = judge(std::string(",") + more);
        EXPECT_NE(said.find(name), std::string::npos) << more << " -> " << said;
        EXPECT_NE(said.find("old_token_claims"), std::string::npos) << said;
    }
}

TEST_F(OldTokens, one_mark_that_is_good_does_not_excuse_another) {
    EXPECT_NE(judge(R"(,"type":"access","purpose":"reset")"), "");
    EXPECT_NE(judge(R"(,"type":"access","role":"admin")"), "");
    EXPECT_NE(judge(R"(,"nbf":1800000000,"type":"refresh")"), "");
}

TEST_F(OldTokens, what_lives_for_longer_than_access_tokens_is_none) {
    EXPECT_EQ(judge_all(R"({"sub":"ann","exp":1800001860})"), "") << "clocks differ by up to a minute";
    EXPECT_NE(judge_all(R"({"sub":"ann","exp":1800001861})"), "");
    EXPECT_NE(judge_all(R"({"sub":"ann","iat":1799400000,"exp":1800000100})"), "") << "a week, and all but over";
    EXPECT_EQ(judge_all(R"({"sub":"ann","exp":1800001861})", {.lifetime = std::chrono::hours(1)}), "");
}

TEST_F(OldTokens, the_operator_names_what_else_the_access_tokens_say) {
    EXPECT_EQ(judge(R"(,"role":["admin"],"nbf":1800000000)", with({"role", "nbf"})), "");
    EXPECT_NE(judge(R"(,"role":"x","tenant":"y")", with({"role"})), "");
    EXPECT_EQ(judge(R"(,"role":"x")", with({"role", "tenant"})), "") << "a name alone may be absent";
    EXPECT_EQ(judge(R"(,"scope":"me")", with({"scope"})), "");
    for (const char* const id : {R"(,"id":7)", R"(,"id":"7")", R"(,"id":null)", R"(,"id":[])"})
        EXPECT_EQ(judge(id, with({"id=*"})), "") << "whatever it says: " << id;
    EXPECT_NE(judge("", with({"id=*"})).find("\"id\""), std::string::npos) << "a link by mail that says less";
    EXPECT_NE(judge(R"(,"id":7,"role":"x")", with({"id=*"})), "");
    EXPECT_NE(judge(R"(,"id":7)", with({"id=*", "role=*"})).find("\"role\""), std::string::npos);
    const auto users = with({"aud=fastapi-users:auth"});
    EXPECT_EQ(judge(R"(,"aud":["fastapi-users:auth"])", users), "");
    EXPECT_EQ(judge(R"(,"aud":"fastapi-users:auth")", users), "");
    EXPECT_NE(judge(R"(,"aud":["fastapi-users:reset"])", users), "");
    EXPECT_NE(judge("", users), "") << "a name with a value must be there";
    const auto either = with({"type=login", "type=session"});
    EXPECT_EQ(judge(R"(,"type":"session")", either), "");
    EXPECT_NE(judge(R"(,"type":"access")", either), "");
    const auto shown = with({"mfa_pending=false"});
    EXPECT_EQ(judge(R"(,"mfa_pending":false)", shown), "");
    EXPECT_EQ(judge(R"(,"mfa_pending":"false")", shown), "");
    for (const char* more : {R"(,"mfa_pending":true)", R"(,"mfa_pending":null)", R"(,"mfa_pending":0)", ""})
        EXPECT_NE(judge(more, shown), "") << more;
    const std::vector<std::string> odd{"=x"}, cut{"type="};
    EXPECT_FALSE(parse_claim_rules(odd).ok());
    EXPECT_FALSE(parse_claim_rules(cut).ok());
}

// RFC 8725 §3.12: {"type": "reset"} is a link that went out by mail.
TEST_F(OldTokens, a_mark_that_is_named_without_a_value_still_has_to_say_access) {
    for (const char* mark : {"type", "token_type", "token_use", "typ", "use", "purpose", "kind"}) {
        const auto says = [&](const std::string& value) { return ",\"" + std::string(mark) + "\":\"" + value + "\""; };
        EXPECT_EQ(judge(says("access"), with({mark})), "") << mark;
        for (const char* other : {"refresh", "reset", "verify", ""})
            EXPECT_NE(judge(says(other), with({mark})).find(mark), std::string::npos) << mark << " " << other;
        EXPECT_NE(judge(says("reset"), with({std::string(mark) + "=*"})), "") << mark << " that says anything";
        EXPECT_EQ(judge(says("access"), with({std::string(mark) + "=*"})), "") << mark;
        EXPECT_NE(judge("", with({std::string(mark) + "=*"})), "") << mark << " that is absent";
        EXPECT_EQ(judge(says("reset"), with({std::string(mark) + "=reset"})), "") << "whoever names it means it";
    }
}

TEST_F(OldTokens, none_is_taken_from_the_date_on) {
    EXPECT_EQ(judge("", {.until = now + std::chrono::seconds(1)}), "");
    EXPECT_NE(judge("", {.until = now}).find("old_tokens_until"), std::string::npos);
}

TEST_F(OldTokens, what_was_issued_when_is_told_by_iat_and_else_by_exp) {
    EXPECT_TRUE(from(R"({"iat":1799999000,"exp":1800001800})", 1'799'999'000));
    EXPECT_FALSE(from(R"({"iat":1799999000,"exp":1800001800})", 1'799'999'001));
    EXPECT_FALSE(from(R"({"iat":1799999000.9,"exp":1800001800})", 1'799'999'001)) << "in the second before";
    EXPECT_TRUE(from(R"({"exp":1800000800})", 1'799'999'000)) << "30 minutes before";
    EXPECT_FALSE(from(R"({"exp":1800000800})", 1'799'999'001));
}

TEST_F(OldTokens, what_cannot_be_told_is_not_issued_from_any_time_on) {
    EXPECT_FALSE(from(R"({"exp":1800003600})", 0)) << "half an hour before that is yet to come: it lives for longer";
    EXPECT_FALSE(from(R"({})", 0));
    EXPECT_FALSE(from(R"({"iat":1800000061,"exp":1800001800})", 0));
    EXPECT_TRUE(from(R"({"iat":1800000060,"exp":1800001800})", 0));
}

}  // namespace keyhold::domain
