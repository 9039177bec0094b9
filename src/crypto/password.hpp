// SPDX-License-Identifier: Apache-2.0
// Password hashing as the domain sees it: one interface, whatever the formats and engines behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash_work.hpp"
#include "crypto/stored_costs.hpp"

namespace keyhold::crypto {

// Where the time of a log-in is decided: all functions take care that it says nothing about whether the account exists
// (docs/decisions/0060-what-a-log-in-costs.md).
class PasswordHasher {
public:
    virtual ~PasswordHasher() = default;

    // All of these take as long as the hash takes (250 ms for bcrypt 12): call them from a hashing
    // thread, never from an I/O thread. Any number of threads at once. They throw Abandoned when nobody waits for
    // the result any more: the client has hung up; and Busy if the hash is a dear one and others are in line for it.

    // A new hash in modular crypt format ("$2b$12$...", "$argon2id$..."), with a fresh salt. Throws
    // std::invalid_argument for a password that holds a NUL. Over 72 bytes bcrypt's hash becomes passlib's
    // `$bcrypt-sha256$v=2` form, so that nothing is ever cut.
    virtual std::string hash(std::string_view password) = 0;

    // Whether `password` is the one behind `stored`; compared in constant time. Costs at least what a hash of today's
    // settings costs, also where it is false at once: for a stored text that is no hash we know or would take too long
    // (why_refused), and for a password that holds a NUL. A plain bcrypt hash opens with any password that begins with
    // its 72 bytes, as it always did.
    virtual bool verify(std::string_view password, std::string_view stored) = 0;

    // For names that nobody has: costs what verify() costs against the stored hash at the place `draw` of those that
    // expect() told of, and without any, what it costs against a hash of today's settings.
    virtual void verify_nothing(std::string_view password, std::uint64_t draw) = 0;
    // Called now and then by whoever counts the stored hashes; until the first time nothing is known.
    virtual void expect(StoredCosts costs) = 0;

    // What checking a password against `stored` asks for; empty for what is no hash we know.
    virtual std::optional<Work> work_of(std::string_view stored) const = 0;

    // Why no password will ever open `stored` here, as a sentence without any of it; empty if one may.
    virtual std::string why_refused(std::string_view stored) = 0;

    // Whether `stored` is weaker than what hash() would write today (docs/password-hashing.md). False for
    // what is no hash we know.
    virtual bool needs_rehash(std::string_view stored) const = 0;
};

}  // namespace keyhold::crypto
