// SPDX-License-Identifier: Apache-2.0
// New hashes as another application reads them. How they are made is said by the beginning of such a hash up to its
// salt: "pbkdf2:sha256:600000" (Werkzeug), "pbkdf2_sha256$600000" (Django), "$pbkdf2-sha256$29000" (passlib),
// "scrypt:32768:8:1", "$6$rounds=656000", "$2y$12" (PHP).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "crypto/hash_work.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto {

// A value: the beginning of a hash and the functions that complete it. Any thread.
class WrittenHash {
public:
    // Empty for what names no hash that we write, and for parameters outside of Limits. "bcrypt" and "argon2id" are
    // none: they have settings of their own.
    static std::optional<WrittenHash> parse(std::string_view method);

    // As a stored hash was made, but where that is less than what OWASP's Password Storage Cheat Sheet asks for: then
    // as it asks. Empty for a stored text that is no hash, or of a format that we do not write.
    static std::optional<WrittenHash> of(std::string_view stored);

    // Whether there is a row for a format of password_formats().
    static bool has(const PasswordFormat& format);

    // "werkzeug_pbkdf2": hashes of one name are read by whoever reads one of them.
    std::string_view name() const { return name_; }
    const std::string& method() const { return method_; }
    Strength strength() const { return strength_; }
    Work work() const { return work_; }
    // Whether it is less than of() would make of it.
    bool is_cheap() const;
    // Bytes of a password that are looked at.
    std::size_t longest_password() const { return longest_password_; }

    // `password` holds no NUL and is no longer than that.
    std::string hash(std::string_view password, Random& random, PasswordTools& tools) const;
    // As long as any of them; no password opens it.
    std::string sample(Random& random) const;

private:
    struct Row;
    WrittenHash(const Row& row, std::string method, Strength strength, Work work);
    static std::span<const Row> rows();

    const Row* row_;
    std::string_view name_;
    std::string method_;
    Strength strength_;
    Work work_;
    std::size_t longest_password_;
};

// What an application that keeps such a hash reads: the name of WrittenHash, or "bcrypt" and "argon2id". Empty for what
// we do not write.
std::string written_name_of(std::string_view stored);
// The same of the setting password_hash.
std::string written_name_of_setting(std::string_view password_hash);

}  // namespace keyhold::crypto
