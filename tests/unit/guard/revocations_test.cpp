// SPDX-License-Identifier: Apache-2.0
#include "guard/revocations.hpp"

#include <gtest/gtest.h>

#include <malloc.h>
#include <random>
#include <string>

namespace keyhold::guard {
namespace {

using namespace std::chrono_literals;

// From `printf %s ID | sha256sum`: the first 16 digits.
constexpr std::string_view session_id = "019abcde-f012-7abc-8def-0123456789ab";
constexpr Fingerprint of_session = 0x7ab780297743f670U;

const Revocations::Time start = Revocations::Time{} + 1000h;

std::string bytes_of(Fingerprint fingerprint) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(fingerprint >> shift & 0xFFU);
    return bytes;
}
std::string account_entry(std::string_view id, std::int64_t at) {
    return bytes_of(fingerprint_of(id)) + bytes_of(static_cast<Fingerprint>(at));
}
RevocableToken token_of(std::string_view claims) {
    json::Document document;
    return revocable(*document.parse(claims));
}
FeedPage page_of(std::string_view sessions, std::string_view accounts = {}) {
    return {.after = 1, .last = 2, .is_whole = true, .keep = 1800s, .sessions = sessions, .accounts = accounts};
}

TEST(Fingerprint, is_the_first_eight_bytes_of_a_digest) { EXPECT_EQ(fingerprint_of(session_id), of_session); }

TEST(Fingerprints, has_what_was_added_and_nothing_else) {
    Fingerprints<Fingerprint> set;
    EXPECT_EQ(set.find(1), nullptr);
    std::mt19937_64 random(1);
    std::vector<Fingerprint> added;
    for (int i = 0; i < 20'000; ++i) added.push_back(random());
    added.insert(added.end(), {0, 1, ~Fingerprint{0}});
    for (const Fingerprint each : added) set.add(each);
    for (const Fingerprint each : added) set.add(each);  // once more changes nothing
    EXPECT_EQ(set.size(), added.size());
    for (const Fingerprint each : added) ASSERT_NE(set.find(each), nullptr);
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(set.find(random()), nullptr);
    set.clear();
    EXPECT_EQ(set.find(added.front()), nullptr);
    EXPECT_EQ(set.size(), 0U);
}

TEST(Revocations, a_token_whose_session_ended_is_over_and_others_are_not) {
    Revocations revocations;
    const auto token = token_of(R"({"sub":"ann","sid":"019abcde-f012-7abc-8def-0123456789ab","iat":100})");
    const auto other = token_of(R"({"sub":"ann","sid":"019abcde-f012-7abc-8def-0123456789ac","iat":100})");
    EXPECT_FALSE(revocations.is_over(token));
    const auto before = revocations.version();
    revocations.apply(page_of(bytes_of(of_session)), start);
    EXPECT_NE(revocations.version(), before);
    EXPECT_TRUE(revocations.is_over(token));
    EXPECT_FALSE(revocations.is_over(other));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","iat":100})")));
    EXPECT_EQ(revocations.sessions(), 1U);
}

TEST(Revocations, an_account_that_changed_ends_tokens_without_a_session_and_those_that_say_what_it_may_do) {
    Revocations revocations;
    revocations.apply(page_of("", account_entry("ann", 200)), start);
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","iat":200})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","iat":201})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"bob","iat":200})")));
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann"})"))) << "it may be older";
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","iat":"201"})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":200})")));
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":200,"scope":"a"})")));
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":200,"roles":["r"]})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":201,"roles":["r"]})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":200,"roles":[],"scope":""})")));
    revocations.apply(page_of("", account_entry("ann", 150)), start);
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","iat":200})"))) << "the later change counts";
}

TEST(Revocations, what_roles_grant_and_a_restore_are_about_all_tokens) {
    Revocations revocations;
    FeedPage page = page_of("");
    page.roles_changed_at = 300;
    revocations.apply(page, start);
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":300,"scope":"a"})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":301,"scope":"a"})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":300})")));
    page.valid_from = 400;
    revocations.apply(page, start);
    EXPECT_TRUE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":399})")));
    EXPECT_FALSE(revocations.is_over(token_of(R"({"sub":"ann","sid":"s","iat":400})")));
}

TEST(Revocations, what_is_told_anew_takes_the_place_of_what_was_known_when_it_is_complete) {
    Revocations revocations;
    const auto token = token_of(R"({"sub":"ann","sid":"019abcde-f012-7abc-8def-0123456789ab","iat":100})");
    revocations.apply(page_of(bytes_of(of_session)), start);
    const std::string others = bytes_of(1) + bytes_of(2);
    FeedPage page = page_of(others);
    page.is_whole = false;
    page.is_more = true;
    revocations.apply(page, start);
    EXPECT_TRUE(revocations.is_over(token)) << "not all was told yet";
    page = page_of("");
    revocations.apply(page, start);
    EXPECT_FALSE(revocations.is_over(token));
    EXPECT_EQ(revocations.sessions(), 2U);
}

TEST(Revocations, an_entry_is_kept_for_as_long_as_it_matters_and_then_forgotten) {
    Revocations revocations;
    const auto token = token_of(R"({"sub":"ann","sid":"019abcde-f012-7abc-8def-0123456789ab","iat":100})");
    revocations.apply(page_of(bytes_of(of_session)), start);
    for (auto passed = 60s; passed <= 1800s; passed += 60s) revocations.apply(page_of(bytes_of(5)), start + passed);
    EXPECT_TRUE(revocations.is_over(token));
    for (auto passed = 1860s; passed <= 2 * 1800s; passed += 60s) revocations.apply(page_of(""), start + passed);
    EXPECT_FALSE(revocations.is_over(token));
}

TEST(Revocations, an_empty_answer_makes_nobody_ask_again) {
    Revocations revocations;
    revocations.apply(page_of(bytes_of(of_session)), start);
    const auto before = revocations.version();
    revocations.apply(page_of(""), start);
    EXPECT_EQ(revocations.version(), before);
}

// docs/performance.md. What the allocator has given, which is more than the entries take.
TEST(Revocations, a_million_of_either_kind_take_at_most_16_MiB) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "the allocator of a sanitizer does not say what it has given";
#endif
    for (const bool are_accounts : {false, true}) {
        std::mt19937_64 random(1);
        const std::size_t before = mallinfo2().uordblks;
        Revocations revocations;
        for (int page = 0; page < 1'000'000 / 4000; ++page) {
            std::string entries;
            for (int i = 0; i < 4000; ++i)
                entries += bytes_of(random()) + (are_accounts ? bytes_of(1'800'000'000) : "");
            revocations.apply(are_accounts ? page_of("", entries) : page_of(entries), start);
        }
        const std::size_t used = mallinfo2().uordblks - before;
        EXPECT_LE(used, std::size_t{16} << 20) << are_accounts;
        EXPECT_GE(used, 1'000'000 * (are_accounts ? sizeof(DatedFingerprint) : sizeof(Fingerprint)));
        EXPECT_LE(revocations.bytes(), used);
        RecordProperty(are_accounts ? "KiB of accounts" : "KiB", static_cast<int>(used / 1024));
    }
}

std::optional<FeedPage> read(std::string_view claims, std::string_view bytes) {
    json::Document document;
    return read_feed_page(*document.parse(claims), bytes);
}

TEST(FeedPage, says_what_it_says_and_fits_its_bytes) {
    const std::string bytes(8 + 16, 'x');
    const auto page = read(
        R"({"after":3,"last":7,"whole":true,"more":true,"keep":60,"sessions":1,"accounts":1,"valid_from":5,"keys_changed":true})",
        bytes);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->after, 3);
    EXPECT_EQ(page->last, 7);
    EXPECT_TRUE(page->is_whole && page->is_more && page->keys_changed);
    EXPECT_EQ(page->keep, 60s);
    EXPECT_EQ(page->valid_from, 5);
    EXPECT_EQ(page->sessions.size(), 8U);
    EXPECT_EQ(page->accounts.size(), 16U);
    for (const char* claims : {R"({})", R"({"last":7,"keep":60,"sessions":2,"accounts":1})",
                               R"({"last":7,"keep":60,"sessions":-2,"accounts":2})",
                               R"({"last":7,"keep":60,"sessions":1,"accounts":2305843009213693952})",
                               R"({"last":7,"keep":0,"sessions":1,"accounts":1})",
                               R"({"last":7,"keep":9223372036854775807,"sessions":1,"accounts":1})",
                               R"({"last":"7","keep":60,"sessions":1,"accounts":1})"})
        EXPECT_FALSE(read(claims, bytes)) << claims;
    EXPECT_TRUE(read(R"({"last":7,"keep":60,"sessions":1,"accounts":1})", bytes));
}

}  // namespace
}  // namespace keyhold::guard
