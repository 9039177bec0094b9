// SPDX-License-Identifier: Apache-2.0
// What is wrong with the form of /sign-up: all of it at once, each beside its field.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

// The sentence beside a field, if the field names it (aria-describedby) and is marked as wrong.
std::string beside(const TestReply& page, const std::string& field) {
    const std::string begin = R"(<p class="wrong" id=")" + field + R"(-error">)";
    const std::size_t at = page.body.find(begin), input = page.body.find("<input id=\"" + field + "\"");
    if (at == page.body.npos || input == page.body.npos) return {};
    const std::string tag = page.body.substr(input, page.body.find('>', input) - input);
    EXPECT_NE(tag.find(field + "-error\""), tag.npos) << tag;
    EXPECT_NE(tag.find(R"(aria-invalid="true")"), tag.npos) << tag;
    return page.body.substr(at + begin.size(), page.body.find('<', at + begin.size()) - at - begin.size());
}

TEST(SignUp, says_what_is_wrong_with_an_invitation_beside_it_and_with_the_others) {
    Server program;
    TestServer server{program, {{"registration", "invite"}}};
    Browser browser{server};
    browser.get("/sign-up");
    const auto none = browser.post("/sign-up", "username=%20&password=x&invitation=");
    EXPECT_EQ(none.status, 403);
    EXPECT_EQ(beside(none, "invitation"), "An account can be made here with an invitation only");
    EXPECT_NE(beside(none, "username"), "");
    EXPECT_NE(beside(none, "password"), "");
    const auto unknown = browser.post("/sign-up", "username=alice&password=testpass&invitation=khi_unknown");
    EXPECT_EQ(unknown.status, 403);
    EXPECT_NE(beside(unknown, "invitation"), "");
    const auto both = browser.post("/sign-up", "username=alice&password=x&invitation=khi_unknown");
    EXPECT_EQ(both.status, 403);
    EXPECT_NE(beside(both, "invitation"), "");
    EXPECT_NE(beside(both, "password"), "");
}

TEST(SignUp, says_on_top_what_is_wrong_with_an_invitation_that_came_by_a_link) {
    Server program;
    TestServer server{program};
    Browser browser{server};
    browser.get("/sign-up?invitation=khi_unknown");
    const auto page = browser.post("/sign-up", "username=alice&password=x&invitation=khi_unknown");
    EXPECT_EQ(page.status, 403);
    const std::size_t alert = page.body.find(R"(role="alert")");
    ASSERT_NE(alert, page.body.npos);
    EXPECT_NE(page.body.find("unknown, was used or has expired", alert), page.body.npos)
        << page.body.substr(alert, 200);
    EXPECT_NE(beside(page, "password"), "");
}

TEST(SignUp, says_what_is_wrong_with_an_address_beside_it_and_with_the_others) {
    Server program;
    TestServer server{program, {{"registration", "domains"}, {"registration_domains", "corp.example"}}};
    Browser browser{server};
    browser.get("/sign-up");
    const std::string only = "An account can be made here with an e-mail address only",
                      other = "No account can be made here with an address of this domain";
    for (const auto& [email, said] : {std::pair<std::string, std::string>{"", only}, {"ann%40other.example", other}}) {
        const auto page = browser.post("/sign-up", "username=%20&password=x&email=" + email);
        EXPECT_EQ(page.status, 403);
        EXPECT_EQ(beside(page, "email"), said);
        EXPECT_NE(beside(page, "username"), "");
        EXPECT_NE(beside(page, "password"), "");
    }
    const auto malformed = browser.post("/sign-up", "username=%20&password=testpass&email=nonsense");
    EXPECT_EQ(malformed.status, 422);
    EXPECT_NE(beside(malformed, "username"), "");
    EXPECT_NE(beside(malformed, "email"), "") << "a name that is none hides no other mistake";
    EXPECT_EQ(beside(malformed, "password"), "");
}

TEST(SignUp, says_of_both_that_they_are_taken) {
    Server program;
    TestServer server{program, {{"registration", "domains"}, {"registration_domains", "corp.example"}}};
    const std::string fields = "username=alice&password=testpass&email=a%40corp.example";
    Browser first{server}, second{server};
    first.get("/sign-up");
    EXPECT_EQ(first.post("/sign-up", fields).status, 303);
    second.get("/sign-up");
    const auto page = second.post("/sign-up", fields);
    EXPECT_EQ(page.status, 400);
    EXPECT_NE(beside(page, "username"), "");
    EXPECT_NE(beside(page, "email"), "");
    EXPECT_EQ(beside(second.post("/sign-up", "username=alice&password=testpass&email=b%40corp.example"), "email"), "");
}

}  // namespace
}  // namespace keyhold::pages
