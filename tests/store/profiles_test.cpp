// SPDX-License-Identifier: Apache-2.0
// What is known of people, whatever database is behind it.
#include "fixture.hpp"
#include "store/accounts/profile_store.hpp"
#include "store/events/change_store.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::store {

namespace {

Profile profile_of_ann() {
    Profile profile{.account_id = "id-of-ann", .given_name = "Ann", .birthdate = "0000-02-29", .updated_at = now};
    profile.picture = "https://example.com/ann.png";
    return profile;
}

}  // namespace

TEST_P(EveryStore, a_profile_is_what_was_said_last_and_all_of_it) {
    auto store = open(url);
    ProfileStore profiles(store.database);
    ASSERT_TRUE(store->create(account("ann")).ok());
    EXPECT_FALSE(profiles.find("id-of-ann"));
    ASSERT_TRUE(profiles.put(profile_of_ann()));
    EXPECT_EQ(profiles.find("id-of-ann"), profile_of_ann());
    const Profile less{.account_id = "id-of-ann", .family_name = "Lee", .updated_at = now + std::chrono::seconds(5)};
    ASSERT_TRUE(profiles.put(less));
    EXPECT_EQ(profiles.find("id-of-ann"), less) << "what was not said again is known no more";
}

TEST_P(EveryStore, nobody_has_a_profile_without_an_account) {
    auto store = open(url);
    ProfileStore profiles(store.database);
    EXPECT_FALSE(profiles.put(profile_of_ann()));
    ASSERT_TRUE(store->create(account("ann")).ok());
    ASSERT_TRUE(profiles.put(profile_of_ann()));
    ASSERT_TRUE(store->remove("id-of-ann", "account_deleted", now));
    EXPECT_FALSE(profiles.find("id-of-ann"));
}

TEST_P(EveryStore, a_profile_is_put_instead_of_the_one_that_was_seen) {
    using Put = ProfileStore::Put;
    auto store = open(url);
    ProfileStore profiles(store.database);
    EXPECT_EQ(profiles.put_instead_of(std::nullopt, profile_of_ann()), Put::no_account);
    ASSERT_TRUE(store->create(account("ann")).ok());
    EXPECT_EQ(profiles.put_instead_of(std::nullopt, profile_of_ann()), Put::stored);
    EXPECT_EQ(profiles.put_instead_of(std::nullopt, {.account_id = "id-of-ann"}), Put::changed_since);
    Profile other = profile_of_ann();
    other.nickname = "a";
    EXPECT_EQ(profiles.put_instead_of(other, {.account_id = "id-of-ann"}), Put::changed_since);
    EXPECT_EQ(profiles.find("id-of-ann"), profile_of_ann());
    EXPECT_EQ(profiles.put_instead_of(profile_of_ann(), other), Put::stored);
    EXPECT_EQ(profiles.find("id-of-ann"), other);
}

TEST_P(EveryStore, whoever_remembers_profiles_hears_of_each_change) {
    auto store = open(url);
    ProfileStore profiles(store.database);
    ChangeStore changes(store.database);
    ASSERT_TRUE(store->create(account("ann")).ok());
    const auto before = changes.after(0).last;
    const auto epoch = changes.epoch();
    ASSERT_TRUE(profiles.put(profile_of_ann()));
    EXPECT_NE(changes.epoch(), epoch);
    const auto heard = changes.after(before);
    ASSERT_EQ(heard.list.value().size(), 1U);
    EXPECT_EQ(heard.list->at(0).what, Changed::profile);
    EXPECT_EQ(heard.list->at(0).id, "id-of-ann");
}

}  // namespace keyhold::store
