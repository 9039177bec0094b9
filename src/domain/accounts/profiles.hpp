// SPDX-License-Identifier: Apache-2.0
// What people let be known of themselves, for applications that ask with the scope `profile` (docs/oauth.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "keyhold/fields.hpp"
#include "store/accounts/profile_store.hpp"

namespace keyhold::store {

// As it comes in and goes out. The lengths are ours; the forms are those of OpenID Connect Core §5.1.
KEYHOLD_FIELDS(Profile, (name, about("The whole name, as it is shown"), length(1, 200)),
               (given_name, length(1, 100), about("First name")), (family_name, length(1, 100), about("Surname")),
               (middle_name, length(1, 100), about("Names between the first and the last")),
               (nickname, length(1, 100), about("What friends say")),
               (profile, about("The address of a page about the person"), pattern("https?://[!-~]{1,490}")),
               (picture, about("The address of an image of the person"), pattern("https?://[!-~]{1,490}")),
               (website, pattern("https?://[!-~]{1,490}"), about("A page of the person's own")),
               (gender, length(1, 50), about("As somebody says it of themselves")),
               (birthdate, about("1990-12-31, 0000-12-31 without the year, or 1990"), pattern("[0-9-]{4,10}")),
               (zoneinfo, about("Europe/Paris"), pattern("[A-Za-z0-9_+/-]{1,64}")),
               (locale, about("fr-CA (RFC 5646)"), pattern("[A-Za-z]{2,8}[A-Za-z0-9_-]{0,40}")))

}  // namespace keyhold::store

namespace keyhold::domain {

class Liveness;
template <class Row>
class FollowedRows;

using store::Profile;

// Changes with whatever is said in it, for its entity tag (RFC 9110 §8.8.3). An empty one has a version too.
std::string version_of(const Profile& profile);

// Any thread. Throws Unavailable.
// `clock` must outlive it.
class Profiles {
public:
    Profiles(std::shared_ptr<store::Database> database, const Clock& clock)
        : store_(std::move(database)), clock_(clock) {}

    // With nothing in it for whoever has said nothing, or is not there.
    Profile find(std::string_view account_id);
    // As RegisteredClients::remember().
    void remember(Liveness& liveness);

    // All of it anew: a member that is absent is known no more. Refused: account_not_found; validation_failed, if the
    // birthdate is none, or a control character is in a text.
    Result<Profile> replace(std::string_view account_id, Profile profile);
    // The same of what was seen. Refused also: precondition_failed, if its version is another one by now.
    Result<Profile> replace_seen(std::string_view account_id, std::string_view version, Profile profile);

private:
    Result<Profile> checked(std::string_view account_id, Profile profile) const;
    store::ProfileStore store_;
    std::shared_ptr<FollowedRows<Profile>> memory_;  // null: none
    const Clock& clock_;
};

}  // namespace keyhold::domain
