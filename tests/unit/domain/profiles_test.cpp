// SPDX-License-Identifier: Apache-2.0
// Profiles: what a birthdate is (OpenID Connect Core §5.1), and whose profile it is.
#include "domain/profiles.hpp"

#include "domain/errors.hpp"
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

}  // namespace keyhold::domain
