// What a password must be before it is hashed.
//
// Passwords are hashed and verified as the bytes that were typed, not normalised: rows that a FastAPI
// application wrote were hashed that way, and a second attempt in another form would cost a second hash,
// whose time tells (docs/decisions/0002-passwords-as-typed.md).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::domain {

// What a new password must be. Lengths: characters are code points, the upper bound is in bytes.
struct PasswordRules {
    std::size_t min_characters = 8;
    std::size_t max_bytes = 1024;
    // Of a new one: fewer where another application reads the hashes too, with a bcrypt that knows 72 bytes.
    std::size_t max_new_bytes = max_bytes;
};

// What is wrong with a new password, as errors of the field {"body", `field`}; empty if nothing is.
std::vector<FieldError> check_password(const Secret& password, const PasswordRules& rules,
                                       std::string_view field = "password");

// Whether anybody can have this password: it is not empty, not over-long and has no NUL (bcrypt would cut it there).
bool is_possible_password(const Secret& password, const PasswordRules& rules);

}  // namespace keyhold::domain
