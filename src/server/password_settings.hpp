// SPDX-License-Identifier: Apache-2.0
// How the settings want passwords hashed.
#pragma once

#include "base/result.hpp"
#include "crypto/password_hasher.hpp"
#include "server/settings.hpp"

namespace keyhold::server {

// Refused: configuration, for a password_hash that is neither "bcrypt" nor "argon2id".
Result<crypto::PasswordSettings> password_settings(const Settings& settings);

}  // namespace keyhold::server
