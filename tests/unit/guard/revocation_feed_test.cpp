// SPDX-License-Identifier: Apache-2.0
// An issuer that says right and wrong things; the thread that follows is tested end to end (test_revocations.py).
#include "guard/revocation_feed.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jose/algorithm.hpp"
#include "net/https_client.hpp"

namespace keyhold::guard {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view secret = "a secret of forty bytes, for HS256 alone";
constexpr Time now{std::chrono::seconds(1'800'000'000)};

jose::KeySet one_key() {
    jose::KeySet keys;
    keys.add(jose::Key::from_secret(*jose::find_algorithm("HS256"), secret).value());
    return keys;
}

// What it answers to the first question; an hour passes until the next one comes.
class FeedTest : public testing::Test {
protected:
    static std::string signed_page(const std::string& more, const std::string& bytes,
                                   std::string_view typ = "revocations+jwt") {
        const std::string claims = R"({"aud":"https://id.example/feed","exp":1800000060,"keep":60,"sha256":")" +
                                   base64url::encode(crypto::sha256(bytes)) + "\"" + more + "}";
        return jose::issue(claims, one_key().keys().front(), typ) + "\n" + bytes;
    }
    static std::string page_of_one(const std::string& more = R"(,"last":7)") {
        return signed_page(R"(,"sessions":1,"accounts":0)" + more, std::string(8, 'x'));
    }
    // What comes of these answers, one after the other.
    void follow(std::vector<std::string> said) {
        answers = std::move(said);
        RevocationFeed::Ways ways;
        ways.ask = [this](const std::string& url, std::optional<std::int64_t> after, std::chrono::seconds) {
            asked.push_back(url + " " + (after ? std::to_string(*after) : "-"));
            if (asked.size() > answers.size()) throw net::Unreachable("no more answers");
            return answers[asked.size() - 1];
        };
        ways.verify = [](std::string_view token, const std::string& url) {
            static const jose::KeySet keys = one_key();
            jose::Expectations demanded;
            demanded.audience = url;
            demanded.type = "revocations+jwt";
            return jose::verify(token, keys, demanded, now);
        };
        ways.keys_changed = [this] { ++key_changes; };
        feed.emplace(std::move(ways), RevocationFeed::Times{0s, 0s});
        feed->found("https://id.example/feed");
        feed->begin();
        feed->stop();
    }

    std::vector<std::string> answers, asked;
    int key_changes = 0;
    std::optional<RevocationFeed> feed;
};

TEST_F(FeedTest, a_good_answer_is_taken) {
    follow({page_of_one()});
    EXPECT_EQ(asked.front(), "https://id.example/feed -");
    EXPECT_EQ(feed->revocations().sessions(), 1U);
    EXPECT_LT(feed->age(), 1h);
    EXPECT_TRUE(feed->is_followed());
}

TEST_F(FeedTest, while_there_is_more_it_asks_on) {
    const std::string other = signed_page(R"(,"sessions":1,"accounts":0,"after":7,"last":8,"whole":true)", "yyyyyyyy");
    follow({page_of_one(R"(,"last":7,"more":true)"), other});
    ASSERT_GE(asked.size(), 2U);
    EXPECT_EQ(asked[1], "https://id.example/feed 7");
    EXPECT_EQ(feed->revocations().sessions(), 2U);
}

TEST_F(FeedTest, an_answer_that_is_not_what_was_asked_for_is_refused) {
    const std::string good = page_of_one();
    std::string changed = good;
    changed.back() = 'y';
    std::string cut = good;
    cut.pop_back();
    for (const std::string& bad :
         {changed, cut, std::string("<html>"), std::string("a.b.c\n"),
          signed_page(R"(,"sessions":1,"accounts":0,"last":7)", std::string(8, 'x'), "JWT"),
          page_of_one(R"(,"last":7,"after":6)"), page_of_one(""), page_of_one(R"(,"last":7,"iat":1800003600)"),
          page_of_one(R"(,"last":7,"nbf":1800003600)")}) {
        asked.clear();
        follow({bad});
        EXPECT_EQ(feed->revocations().sessions(), 0U) << bad;
        EXPECT_EQ(feed->age(), std::chrono::milliseconds::max()) << bad;
        EXPECT_NE(feed->trouble(), "") << bad;
    }
}

TEST_F(FeedTest, an_issuer_that_always_has_more_is_not_asked_for_ever) {
    const std::string again =
        signed_page(R"(,"sessions":0,"accounts":0,"after":7,"last":7,"whole":true,"more":true)", "");
    follow({page_of_one(R"(,"last":7,"more":true)"), again});
    EXPECT_EQ(feed->age(), std::chrono::milliseconds::max());
    EXPECT_NE(feed->trouble(), "");
}

TEST_F(FeedTest, keys_that_changed_are_looked_at) {
    follow({page_of_one(R"(,"last":7,"keys_changed":true)")});
    EXPECT_EQ(key_changes, 1);
}

TEST_F(FeedTest, nothing_is_followed_before_it_was_found) {
    RevocationFeed unknown({}, {0s, 0s});
    unknown.begin();
    EXPECT_FALSE(unknown.is_followed());
    EXPECT_EQ(unknown.age(), std::chrono::milliseconds::max());
}

}  // namespace
}  // namespace keyhold::guard
