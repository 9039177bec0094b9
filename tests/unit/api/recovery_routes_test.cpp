// SPDX-License-Identifier: Apache-2.0
// Ways back into an account: what is asked for, and what a wrong link or code is told. The mails themselves and what
// their links do are tests/e2e/test_recovery.py's.
#include "fixture.hpp"

namespace keyhold {
namespace {

class RecoveryRoutes : public SomebodySignedIn {};

const std::vector<std::string_view> by_link = {"/email/change/agree", "/email/change/undo", "/login/link",
                                               "/sessions/not-me"};

TEST_F(RecoveryRoutes, answer_the_same_whether_an_account_has_the_address_or_not) {
    ASSERT_TRUE(program.users().create("bob@example.com", "a password of the test").ok());
    const auto known = server.post("/password/forgot", R"({"email": "bob@example.com"})");
    const auto unknown = server.post("/password/forgot", R"({"email": "nobody@example.com"})");
    EXPECT_EQ(known.status, 200) << known.body;
    EXPECT_EQ(known.member("msg"), "If an account has this address, a mail is on its way to it");
    EXPECT_EQ(known.body, unknown.body);
    EXPECT_EQ(known.fields, unknown.fields);
    EXPECT_EQ(known.field("Cache-Control"), "no-store");
}

TEST_F(RecoveryRoutes, take_forms_too_as_pages_send_them) {
    const auto asked = server.post("/password/forgot", "email=nobody%40example.com",
                                   {{"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_EQ(asked.status, 200) << asked.body;
    expect_problem(server.post("/password/forgot", "<email/>", {{"Content-Type", "text/xml"}}), 415,
                   "unsupported_media_type");
}

TEST_F(RecoveryRoutes, say_which_half_of_a_proof_is_missing) {
    const auto missing = [&](std::string_view target, std::string_view body, std::string_view field) {
        const auto refused = post(target, body);
        expect_problem(refused, 422, "validation_failed");
        EXPECT_NE(refused.body.find(R"("loc":["body",")" + std::string(field) + "\"]"), std::string::npos)
            << refused.body;
    };
    missing("/password/reset", R"({"new_password": "another one of the test"})", "email");
    missing("/password/reset", R"({"new_password": "another one of the test", "email": "a@example.com"})", "code");
    missing("/password/reset", R"({"token": "khl_x"})", "new_password");
    missing("/email/verify", "{}", "code");
    missing("/email/change/confirm", "{}", "code");
    missing("/email/change", R"({"email": "a@example.com"})", "current_password");
    for (const std::string_view target : by_link)
        missing(target, "{}", target == "/email/change/agree" ? "email" : "token");  // it takes a code as well
}

TEST_F(RecoveryRoutes, tell_nobody_why_a_link_or_a_code_is_not_good) {
    const auto by_token = post("/password/reset", R"({"token": "khl_x", "new_password": "another one of the test"})");
    const auto by_code = post("/password/reset", R"({"email": "nobody@example.com", "code": "0000-0000",
                                                     "new_password": "another one of the test"})");
    expect_problem(by_token, 400, "one_time_secret_invalid");
    EXPECT_EQ(by_token.body, by_code.body);
    for (const std::string_view target : by_link) {
        const auto refused = post(target, R"({"token": "khl_x"})");
        expect_problem(refused, 400, "one_time_secret_invalid");
        EXPECT_EQ(refused.body.find("khl_x"), std::string::npos);
    }
    for (const std::string_view target : {"/email/verify", "/email/change/confirm"})
        expect_problem(post(target, R"({"code": "0000-0000"})"), 400, "one_time_secret_invalid");
}

TEST_F(RecoveryRoutes, keep_secrets_out_of_addresses) {
    for (const std::string_view target : {"/password/reset?token=khl_x", "/login/link?token=khl_x"})
        expect_problem(post(target, "{}"), 422, "credentials_in_query");
}

TEST_F(RecoveryRoutes, of_an_account_are_for_whoever_is_signed_in) {
    for (const std::string_view target :
         {"/email/verify/send", "/email/verify", "/email/change", "/email/change/confirm"})
        expect_problem(server.post(target, R"({"code": "x", "email": "a@example.com", "current_password": "x"})"), 401,
                       "not_authenticated");
}

TEST_F(RecoveryRoutes, change_an_address_only_for_who_shows_the_password) {
    const auto change = [&](std::string_view password) {
        return post("/email/change",
                    R"({"email": "alice@example.com", "current_password": ")" + std::string(password) + "\"}");
    };
    expect_problem(change("wrong"), 403, "wrong_password");
    const auto asked = change("a password of the test");
    EXPECT_EQ(asked.status, 200) << asked.body;
    EXPECT_EQ(asked.member("msg"), "A mail is on its way to each address that has to agree");
    EXPECT_EQ(get("/me").body.find("alice@example.com"), std::string::npos) << "not before it has agreed";
}

TEST_F(RecoveryRoutes, verify_nothing_where_there_is_no_address) {
    expect_problem(post("/email/verify/send", "{}"), 409, "nothing_to_verify");
}

}  // namespace
}  // namespace keyhold
