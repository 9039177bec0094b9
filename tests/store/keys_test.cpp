// SPDX-License-Identifier: Apache-2.0
#include "store/access/key_store.hpp"

#include <gmock/gmock.h>

#include <set>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// A key whose columns all differ.
StoredKey key(const std::string& kid) {
    return {.kid = kid,
            .algorithm = "ES256",
            .sealed = "sealed " + kid,
            .created_at = now,
            .signs_from = now + seconds(1),
            .verifies_until = now + seconds(2),
            .dropped_at = now + seconds(3)};
}

StoredKey without_times(const std::string& kid) {
    StoredKey stored = key(kid);
    stored.signs_from.reset();
    stored.verifies_until.reset();
    stored.dropped_at.reset();
    return stored;
}

}  // namespace

TEST_P(EveryStore, keys_are_read_back_as_they_were_written) {
    const auto store = open(url);
    EXPECT_THAT(store.keys->all(), IsEmpty());
    ASSERT_TRUE(store.keys->replace({}, {key("a"), without_times("b")}));
    EXPECT_THAT(open(url).keys->all(), ElementsAre(key("a"), without_times("b")));
}

TEST_P(EveryStore, keys_are_compared_by_their_bytes) {
    const auto store = open(url);
    ASSERT_TRUE(store.keys->replace({}, {key("A"), key("a"), key("a ")}));
    EXPECT_THAT(store.keys->all(), ElementsAre(key("A"), key("a"), key("a ")));
}

TEST_P(EveryStore, keys_come_change_and_go_in_one_step) {
    const auto store = open(url);
    ASSERT_TRUE(store.keys->replace({}, {key("a"), key("b"), key("c")}));
    ASSERT_TRUE(store.keys->replace({key("a"), key("b"), key("c")}, {key("a"), without_times("b"), key("d")}));
    EXPECT_THAT(store.keys->all(), ElementsAre(key("a"), without_times("b"), key("d")));
}

TEST_P(EveryStore, keys_are_not_replaced_by_whoever_knows_them_no_more) {
    const auto store = open(url);
    ASSERT_TRUE(store.keys->replace({}, {key("a")}));
    EXPECT_FALSE(store.keys->replace({}, {key("b")}));
    EXPECT_FALSE(store.keys->replace({without_times("a")}, {key("b")}));
    EXPECT_FALSE(store.keys->replace({key("a"), key("c")}, {key("b")}));
    EXPECT_THAT(store.keys->all(), ElementsAre(key("a")));
    EXPECT_TRUE(store.keys->replace({key("a")}, {key("b")}));
}

TEST_P(EveryStore, every_key_that_changed_is_in_the_list_of_changes_and_rung) {
    const auto store = open(url), other = open(url);
    ASSERT_TRUE(store.keys->replace({}, {key("a"), key("b")}));
    const auto before = other.changes->after(0);
    const auto epoch = other.changes->epoch();
    ASSERT_TRUE(store.keys->replace({key("a"), key("b")}, {without_times("a"), key("b"), key("c")}));
    EXPECT_NE(other.changes->epoch(), epoch);
    const auto changes = other.changes->after(before.last);
    ASSERT_TRUE(changes.list);
    std::set<std::string> kids;
    for (const Change& change : *changes.list) {
        EXPECT_EQ(change.what, Changed::keys);
        kids.insert(change.id);
    }
    EXPECT_THAT(kids, ElementsAre("a", "c"));
}

TEST_P(EveryStore, of_two_processes_that_replace_the_same_keys_one_is_first) {
    (void)open(url);
    const auto replace = [this](const std::string& kid) {
        return [this, kid](Process& parent) {
            const auto store = open(url);
            parent.say("ready");
            parent.hear();
            parent.say(store.keys->replace({}, {key(kid)}) ? "first" : "second");
        };
    };
    for (int round = 0; round < 10; ++round) {
        Process one(replace("a")), two(replace("b"));
        one.hear();
        two.hear();
        one.say("go");
        two.say("go");
        const std::set<std::string> answers{one.hear(), two.hear()};
        EXPECT_THAT(answers, ElementsAre("first", "second"));
        EXPECT_EQ(one.wait() + two.wait(), 0);
        const auto store = open(url);
        ASSERT_EQ(store.keys->all().size(), 1U);
        ASSERT_TRUE(store.keys->replace(store.keys->all(), {}));
    }
}

}  // namespace keyhold::store
