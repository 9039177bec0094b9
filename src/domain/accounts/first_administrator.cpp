// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/first_administrator.hpp"

#include <utility>

#include "base/id.hpp"
#include "domain/errors.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {
namespace {

constexpr std::string_view purpose = "first_admin";
constexpr std::chrono::hours life{1};  // long enough to install a browser, and over when the terminal is left alone

}  // namespace

FirstAdministrator::FirstAdministrator(const store::Stores& stores, Accounts& accounts, const Clock& clock,
                                       Random& random)
    : secrets_(stores.database), roles_(stores.database), accounts_(accounts), clock_(clock), random_(random) {}

bool FirstAdministrator::is_missing() { return !roles_.is_held(admin_role); }

std::optional<NewSignInLink> FirstAdministrator::offer() {
    if (!is_missing()) return std::nullopt;
    const Time now = clock_.now();
    NewSignInLink made{OneTimeLinks::fresh_token(random_), now + life};
    const bool offered = secrets_.offer({{.digest = OneTimeLinks::digest_of(made.token.reveal()),
                                          .purpose = std::string(purpose),
                                          .account_id = {},
                                          .address = {},
                                          .attempts = 0,
                                          .expires_at = made.expires_at,
                                          .used_at = {},
                                          .subject = std::string(purpose),  // of all the newest alone is good
                                          .mail_id = make_id(now, random_)}},
                                        now);
    if (!offered) return std::nullopt;  // another node has made one at this moment
    return made;
}

bool FirstAdministrator::is_usable(std::string_view token) {
    return secrets_.find_usable({OneTimeLinks::digest_of(token), std::string(purpose), clock_.now()}).has_value() &&
           is_missing();
}

Result<> FirstAdministrator::appoint(std::string_view account_id, std::string_view token) {
    const auto fits = [](const std::vector<store::Role>& all, const std::vector<std::string>& has) -> Result<> {
        if (size_of_claims(rights_of(all, has)) <= most_of_claims) return {};
        return errors::rights_too_large;
    };
    const auto done = roles_.grant_first(account_id, admin_role,
                                         {OneTimeLinks::digest_of(token), std::string(purpose), clock_.now()}, fits);
    if (!done) return done.error();
    if (!*done) return errors::one_time_secret_invalid;
    return {};
}

Result<Account> FirstAdministrator::create(const Accounts::Called& called, const Secret& password,
                                           std::string_view token) {
    if (!is_usable(token)) return errors::one_time_secret_invalid;
    auto roles = Roles::to_give({std::string(admin_role)}, Roles::whoever_runs_the_server);
    roles.reason = "first";
    roles.is_first = true;
    auto with_role = called;
    with_role.roles = &roles;
    auto account = accounts_.create(
        with_role, password, store::SecretUse{OneTimeLinks::digest_of(token), std::string(purpose), clock_.now()});
    // Of two who come at once the later one finds it used.
    if (!account && account.error().errc() == errors::registration_refused && !is_usable(token))
        return errors::one_time_secret_invalid;
    return account;
}

}  // namespace keyhold::domain
