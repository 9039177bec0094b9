// The PasswordHasher that the server runs: the format table over a bcrypt backend.
#pragma once

#include <memory>

#include "base/random.hpp"
#include "crypto/bcrypt/bcrypt.hpp"
#include "crypto/password.hpp"

namespace keyhold::crypto {

struct PasswordSettings {
    int bcrypt_cost = 12;  // what hash() writes; bcrypt::min_cost to bcrypt::max_cost
};

// Throws std::invalid_argument for a cost outside its bounds. `engine` and `random` must outlive the hasher.
// Its functions block as long as engine.compute() does, and so only their caller's thread.
std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random);

// The same with an engine of its own, of default settings.
std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, Random& random);

}  // namespace keyhold::crypto
