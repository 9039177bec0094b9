// SPDX-License-Identifier: Apache-2.0
// How the settings want passwords hashed.
#pragma once

#include <cstddef>
#include <optional>

#include "base/result.hpp"
#include "crypto/password_hasher.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// Refused: configuration, for a password_hash that is neither "bcrypt" nor "argon2id" nor of crypto::WrittenHash.
Result<crypto::PasswordSettings> password_settings(const Settings& settings);

// The part of a processor that each hashing thread may take, so that all of them leave a tenth of `quota` (in
// processors, base/processors.hpp) to the threads that talk to clients. `threads` is how many there are. 1 without a
// quota.
double hashing_share(std::size_t threads, std::optional<double> quota);

}  // namespace keyhold::server
