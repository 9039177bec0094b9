// The accounts and what they stand on, built from the settings: what the server and the commands share.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "app/settings.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/bcrypt/engine.hpp"
#include "crypto/password_hasher.hpp"
#include "crypto/random.hpp"
#include "domain/accounts.hpp"
#include "store/sql_account_store.hpp"

namespace keyhold::app {

struct House {
    // Refused: configuration (the database's URL or schema). Throws Unavailable.
    // `warn` is told, on any thread, if the bcrypt engine fails its self-test and libxcrypt takes over.
    using Warn = std::function<void(std::string_view)>;
    static Result<std::unique_ptr<House>> open(const Settings& settings, std::size_t connections, Warn warn);

    SystemClock clock;
    crypto::SystemRandom random;
    crypto::bcrypt::Engine engine;  // its threads start with the first password
    std::unique_ptr<store::AccountStore> store;
    std::unique_ptr<crypto::PasswordHasher> hasher;
    domain::Accounts accounts;

private:
    House(const Settings& settings, std::unique_ptr<store::AccountStore> the_store, Warn warn);
};

}  // namespace keyhold::app
