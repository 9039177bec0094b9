// Which keys sign and verify, by the settings: the SECRET_KEY, or a key of our own in a file.
#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"
#include "base/result.hpp"
#include "domain/tokens.hpp"
#include "jose/key.hpp"

namespace keyhold::app {

struct SigningKeys {
    jose::KeySet keys;
    domain::Subject subject;  // how tokens under these keys name an account (DESIGN §2)
    bool made_now = false;    // the key file was made by this call
};

// Refused: configuration (the algorithm is no HMAC, the key file is unreadable or others may read it).
Result<SigningKeys> load_signing_keys(const Settings& settings);

// How a secret key signs. Refused: configuration, for an algorithm that is none of HMAC's.
Result<const jose::Algorithm*> secret_algorithm(const Settings& settings);

// Why this secret must not be used in production, in one line that names the fix; empty if it is good.
std::string problem_with_secret(const Settings& settings);

}  // namespace keyhold::app
