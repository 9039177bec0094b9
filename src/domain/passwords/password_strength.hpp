// SPDX-License-Identifier: Apache-2.0
// How hard a password is to guess, by zxcvbn: what people choose (common passwords, words, names, dates, keyboard
// walks, repetitions, l33t) is what guessers try first. No rule asks for kinds of characters (NIST SP 800-63B-4
// §3.1.1.2).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace keyhold::domain {

struct PasswordStrength {
    // zxcvbn's: 0 under a thousand guesses, 1 under a million, 2 under 10^8, 3 under 10^10, 4 what is more.
    int score = 0;
    // What makes it easy: "it is mostly a common word, name or password". Never repeats any of it.
    std::string_view weakness;
    double bits = 0;  // the guesses that the score is made of, as a power of two
};

// `context` are words that a guesser of this password would try: the username, the service. The password is UTF-8 and
// holds no NUL. Takes a millisecond or two at worst; the dictionary (1.2 MB) comes in from the disk the first time.
PasswordStrength measure_strength(const Secret& password, std::span<const std::string> context);

// The words of a name or an address, in lower case: "bob.smith@example.com" is bob, smith, example, com and the whole.
std::vector<std::string> words_of(std::string_view text);

}  // namespace keyhold::domain
