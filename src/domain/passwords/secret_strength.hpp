// SPDX-License-Identifier: Apache-2.0
// Whether a secret that an operator chose (SECRET_KEY, of a client, the passphrase of the keys) is one that others know
// or find. Length says little: 32 times one letter and what stands in a template are long enough.
#pragma once

#include <string>

#include "base/secret.hpp"

namespace keyhold::domain {

// What guessing has to cost at least, as powers of two of guesses by zxcvbn. Who guesses at the first two needs no
// server: a token, or a copy of the database, tells whether a guess was right. What `openssl rand -hex 16` makes has 97
// at least (of 2,000), and of 8 bytes 43.
inline constexpr double signing_secret_bits = 64;
inline constexpr double passphrase_bits = 50;
inline constexpr double client_secret_bits = 40;

// Why not to use it ("is a published example that everybody knows"), which repeats none of it; empty if it is good.
// Takes some milliseconds and zxcvbn's dictionary: at the start, not for a request.
std::string weakness_of_secret(const Secret& secret, double bits);

}  // namespace keyhold::domain
