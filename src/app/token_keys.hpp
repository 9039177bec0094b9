// Which keys `keyhold token` works with: those of a file that is named, or the server's own.
#pragma once

#include <optional>
#include <string>

#include "app/commands/context.hpp"
#include "jose/key.hpp"

namespace keyhold::app {

// At most one of the files; the values of --jwks, --jwk, --secret-file and --alg.
struct KeyChoice {
    std::string jwks_file;    // a JWK Set
    std::string jwk_file;     // a JWK, or a key in PEM
    std::string secret_file;  // a secret as it stands; one line end behind it does not count
    std::string alg;          // for keys that name none
};

void add_key_options(CLI::App& command, KeyChoice& choice);

// The keys, or context.fail() and empty. Without a file: those of the settings, which are never made here.
// A secret without --alg stands for each HMAC algorithm, HS256 first.
std::optional<jose::KeySet> read_keys(Context& context, const KeyChoice& choice);

}  // namespace keyhold::app
