// SPDX-License-Identifier: Apache-2.0
// What is known of people, whatever database is behind it.
#include "fixture.hpp"
#include "store/event_store.hpp"
#include "store/profile_store.hpp"

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

}  // namespace keyhold::store
