// SPDX-License-Identifier: Apache-2.0
// Which keys `keyhold token` works with: those of a file that is named, or the server's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "jose/key.hpp"

namespace keyhold::cli {

// At most one of the files; the values of --jwks, --jwk, --secret-file and --alg.
struct KeyChoice {
    std::string jwks_file;    // a JWK Set
    std::string jwk_file;     // a JWK, or a key in PEM
    std::string secret_file;  // a secret as it stands; one line end behind it does not count
    std::string alg;          // for keys that name none

    bool names_a_file() const { return !jwks_file.empty() || !jwk_file.empty() || !secret_file.empty(); }
};

// The parameters of a command that takes them, and what was given for them.
std::vector<Parameter> key_parameters();
KeyChoice key_choice(const Values& values);

// The keys of the file that was named, or the server's own, which are never made here; empty if none was named and the
// server has none. A secret without --alg stands for each HMAC algorithm, HS256 first; a key in PEM for each that it
// fits. Refused: configuration, key_malformed, key_weak, validation_failed, with the file's name in front.
Result<std::optional<jose::KeySet>> find_keys(const Context& context, const KeyChoice& choice);

// For commands that can do nothing without: configuration if there are none.
Result<jose::KeySet> read_keys(const Context& context, const KeyChoice& choice);

}  // namespace keyhold::cli
