// SPDX-License-Identifier: Apache-2.0
// The accounts and what they stand on, built from the settings: what the server and the commands share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/bcrypt/engine.hpp"
#include "crypto/password_hasher.hpp"
#include "crypto/random.hpp"
#include "domain/accounts/account_closing.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "domain/adoption/adopted_claims.hpp"
#include "domain/clients/connected_applications.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/stored_hashes.hpp"
#include "domain/passwords/throttle.hpp"
#include "domain/sessions/sessions.hpp"
#include "keyhold/hooks.hpp"
#include "server/settings/settings.hpp"
#include "store/stores.hpp"

namespace keyhold::server {

// What an operator should know of a database's clock and this machine's; empty if they agree.
std::string doubt_of(const store::DatabaseClock& clock);

// Members are made in this order and need those above them. Any thread may use each member as its own header says; a
// Components does nothing itself.
struct Components {
    // `warn` is told, on any thread, if the bcrypt engine fails its self-test and libxcrypt takes over.
    using Warn = std::function<void(std::string_view)>;
    struct With {
        std::string node = {};  // store::DatabaseOptions
        store::Make make = store::Make::nothing;
        const Clock* clock = nullptr;  // null: the database's; tests turn one of their own
        const Hooks* hooks = nullptr;  // null: nobody is asked
        bool shows_mails = false;      // where no mail server is set: `keyhold dev`
    };
    // Refused: configuration (the database's URL or schema, an adoption that is not complete). Throws Unavailable.
    // `connections` are those of the database that may be open at once. `warn` is copied into members and may be
    // called for as long as this lives.
    static Result<std::unique_ptr<Components>> open(const Settings& settings, std::size_t connections, Warn warn,
                                                    With with);
    static Result<std::unique_ptr<Components>> open(const Settings& settings, std::size_t connections, Warn warn) {
        return open(settings, connections, std::move(warn), With());
    }

    const Hooks& hooks;
    crypto::SystemRandom random;
    crypto::MeasuredSpeeds speeds;
    crypto::bcrypt::Engine engine;  // its threads start with the first password
    store::Stores stores;
    const Clock& clock;                      // the same for all who share the database
    domain::AdoptedAccounts* const adopted;  // the accounts, if they are another application's users too; else null
    // What tokens say of them, if it is not the username alone.
    std::unique_ptr<domain::AdoptedClaims> adopted_claims;
    std::unique_ptr<crypto::PasswordHasher> hasher;
    domain::StoredHashes stored_hashes;
    domain::Throttle throttle;
    const domain::Mails mails;
    domain::Accounts accounts;
    domain::AccountClosing closing;
    store::RecoveryStore recovery_store;
    domain::Registration registration;
    domain::RegisteredClients registered_clients;
    domain::ConnectedApplications applications;
    std::optional<domain::StatusNumbers> status_numbers;  // empty: tokens name no status list
    domain::Sessions sessions;
    domain::Roles roles;
    domain::Profiles profiles;

private:
    // `the_stores` are open already, and check_adoption() has found nothing.
    Components(const Settings& settings, store::Stores the_stores, Warn warn, const With& with);
};

// Refused: configuration, if an application's users were taken over by half, or with settings that it cannot live with.
Result<> check_adoption(const Settings& settings, const store::Stores& stores);
// The same of a database that is not there yet, or has nothing of ours: no application was adopted in it.
Result<> check_without_adoption(const Settings& settings);

}  // namespace keyhold::server
