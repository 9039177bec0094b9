// The password hash formats: every one is a row of this table, and nobody else looks at a stored hash's prefix.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto {

// What it costs somebody who holds the hash to try a password. Kinds are ordered by what a graphics card
// gains: much on iterated digests, little on bcrypt's 4 KiB of state, least on megabytes.
struct Strength {
    enum class Kind { iterated_digest, bcrypt, memory_hard };
    Kind kind = Kind::iterated_digest;
    unsigned long long memory = 0;  // KiB
    unsigned long long passes = 0;  // over the memory, or iterations

    // Whether a hash of `wanted` is at least as strong in every respect, and stronger in one.
    bool is_below(const Strength& wanted) const {
        if (kind != wanted.kind) return kind < wanted.kind;
        return memory <= wanted.memory && passes <= wanted.passes && (memory < wanted.memory || passes < wanted.passes);
    }
};

// What the rows compute with.
struct PasswordTools {
    bcrypt::Backend& bcrypt;
};

struct PasswordFormat {
    std::string_view name;    // "bcrypt", "django_pbkdf2_sha256" ... as `keyhold hash identify` shows it
    std::string_view prefix;  // how a stored text of this format begins
    // Empty for a text that is not well formed or asks for more than this server gives to one password.
    std::optional<Strength> (*parse)(std::string_view stored);
    // False for a text that parse() refuses. `password` holds no NUL. Compares in constant time.
    bool (*verify)(std::string_view password, std::string_view stored, PasswordTools& tools);
};

std::span<const PasswordFormat> password_formats();

// The row whose prefix `stored` has; null if there is none. Says nothing about the rest of the text.
const PasswordFormat* find_password_format(std::string_view stored);

}  // namespace keyhold::crypto
