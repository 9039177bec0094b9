// SPDX-License-Identifier: Apache-2.0
// Profiles: what a birthdate is (OpenID Connect Core §5.1), and whose profile it is.
#include "domain/accounts/profiles.hpp"

#include "base/waiting.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/liveness.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

TEST_F(DomainTest, a_birthdate_is_a_day_a_day_without_a_year_or_a_year) {
    Profiles profiles(stores.database, clock);
    put("ann", "fake$password");
    const std::string ann = id_of("ann");
    for (const char* const good : {"1990-12-31", "0000-02-29", "2000-02-29", "1990"}) {
        const auto replaced = profiles.replace(ann, {.birthdate = good});
        ASSERT_TRUE(replaced) << good;
        EXPECT_EQ(profiles.find(ann).birthdate, good);
        EXPECT_EQ(profiles.find(ann).updated_at, clock.now());
    }
    for (const char* const bad : {"1990-13-01", "1990-02-29", "1990-00-10", "19901231", "199", "0000", "1990-1-1",
                                  "----", "1990-12-32", "1990/12/31"})
        EXPECT_EQ(profiles.replace(ann, {.birthdate = bad}).error().errc(), errors::validation_failed) << bad;
    EXPECT_EQ(profiles.find(ann).birthdate, "1990") << "what was refused changed nothing";
}

TEST_F(DomainTest, no_control_character_is_in_a_profile) {
    Profiles profiles(stores.database, clock);
    put("ann", "fake$password");
    for (const char c : {'\0', '\n', '\x1b', '\x7f'})
        EXPECT_EQ(profiles.replace(id_of("ann"), {.nickname = std::string("a") + c}).error().errc(),
                  errors::validation_failed);
    EXPECT_TRUE(profiles.replace(id_of("ann"), {.nickname = "Zoë 李"}).ok());
}

TEST_F(DomainTest, a_profile_of_nobody_is_empty_and_cannot_be_written) {
    Profiles profiles(stores.database, clock);
    EXPECT_EQ(profiles.find("nobody"), Profile{});
    EXPECT_EQ(profiles.replace("nobody", {.nickname = "no"}).error().errc(), errors::account_not_found);
}

TEST_F(DomainTest, a_profile_is_changed_by_whoever_has_seen_it_last) {
    Profiles profiles(stores.database, clock);
    put("ann", "fake$password");
    const std::string ann = id_of("ann"), nothing = version_of(Profile{});
    const auto first = profiles.replace_seen(ann, nothing, {.nickname = "a"});
    ASSERT_TRUE(first.ok());
    EXPECT_NE(version_of(*first), nothing);
    EXPECT_EQ(version_of(profiles.find(ann)), version_of(*first));
    for (const std::string& stale : {nothing, std::string(), std::string("x")})
        EXPECT_EQ(profiles.replace_seen(ann, stale, {.nickname = "b"}).error().errc(), errors::precondition_failed);
    EXPECT_EQ(profiles.find(ann).nickname, "a");
    EXPECT_TRUE(profiles.replace_seen(ann, version_of(*first), {}).ok());
    EXPECT_EQ(version_of(profiles.find(ann)), nothing) << "what says the same is the same";
    EXPECT_EQ(profiles.replace_seen("nobody", nothing, {}).error().errc(), errors::account_not_found);
}

TEST_F(DomainTest, members_of_a_profile_are_told_apart_in_its_version) {
    EXPECT_NE(version_of({.given_name = "x"}), version_of({.family_name = "x"}));
    EXPECT_NE(version_of({.given_name = "a", .family_name = "b"}), version_of({.given_name = "a,family_name,b"}));
}

TEST_F(DomainTest, a_profile_that_is_remembered_costs_no_look_up_until_it_changes_anywhere) {
    Liveness liveness(stores, clock);
    Profiles followed(stores.database, clock), others(stores.database, clock);
    followed.remember(liveness);
    put("ann", "fake$password");
    EXPECT_EQ(followed.find(id_of("ann")), Profile{});
    {
        const std::string ann = id_of("ann");
        const NoWaiting none;
        EXPECT_EQ(followed.find(ann), Profile{}) << "that nothing was said is remembered too";
    }
    ASSERT_TRUE(others.replace(id_of("ann"), {.nickname = "a"}).ok());
    EXPECT_EQ(followed.find(id_of("ann")).nickname, "a");
}

}  // namespace keyhold::domain
