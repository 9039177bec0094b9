// SPDX-License-Identifier: Apache-2.0
// What a password must be before it is hashed (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 §6.2): long enough, and not
// easy to guess. No kinds of characters are asked for, and nobody has to change a password because of its age.
//
// New passwords are hashed in NFC. Rows that another application wrote were hashed as typed, and are compared so
// (docs/decisions/0016-passwords-in-nfc.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::domain {

using store::PasswordForm;

// What a new password must be. Lengths: characters are code points, the upper bound is in bytes.
struct PasswordRules {
    std::size_t min_characters = 8;
    std::size_t max_bytes = 1024;
    // Of a new one: fewer where another application reads the hashes too, with a bcrypt that knows 72 bytes.
    std::size_t max_new_bytes = max_bytes;
    int min_score = 0;                      // zxcvbn's, 0 to 4 (password_strength.hpp)
    std::vector<std::string> service = {};  // words that guessers of this service's passwords try
    PasswordForm form = PasswordForm::nfc;  // in which new ones are hashed
};

// What is wrong with a new password of `username`, as errors of the field {"body", `field`}; empty if nothing is. No
// message repeats any of it.
std::vector<FieldError> check_password(const Secret& password, std::string_view username, const PasswordRules& rules,
                                       std::string_view field = "password");

// Whether anybody can have this password: it is not empty, not over-long and has no NUL (bcrypt would cut it there).
bool is_possible_password(const Secret& password, const PasswordRules& rules);

// The password in NFC, or as it is if it is not UTF-8. Only for possible passwords: the time that this takes grows with
// the square of a row of combining marks.
Secret normal_form(const Secret& password);

}  // namespace keyhold::domain
