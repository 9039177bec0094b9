// Password hashing as the domain sees it: one interface, whatever the formats and engines behind it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace keyhold::crypto {

class PasswordHasher {
public:
    virtual ~PasswordHasher() = default;

    // All of these take as long as the hash takes (250 ms for bcrypt 12): call them from a hashing
    // thread, never from an I/O thread. Any number of threads at once. They throw Abandoned when nobody waits for
    // the result any more: the client has hung up.

    // A new hash in modular crypt format ("$2b$12$...", "$argon2id$..."), with a fresh salt. Throws
    // std::invalid_argument for a password that holds a NUL. Over 72 bytes bcrypt's hash becomes passlib's
    // `$bcrypt-sha256$v=2` form, so that nothing is ever cut.
    virtual std::string hash(std::string_view password) = 0;

    // Whether `password` is the one behind `stored`; compared in constant time. False for a stored
    // text that is no hash we know, and for a password that holds a NUL, after the same work. A plain bcrypt
    // hash opens with any password that begins with its 72 bytes, as it always did.
    virtual bool verify(std::string_view password, std::string_view stored) = 0;

    // Costs what verify() costs against a hash of today's settings: for names that nobody has.
    virtual void verify_nothing(std::string_view password) = 0;

    // Whether `stored` is weaker than what hash() would write today (docs/password-hashing.md). False for
    // what is no hash we know.
    virtual bool needs_rehash(std::string_view stored) const = 0;
};

}  // namespace keyhold::crypto
