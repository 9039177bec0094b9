// SPDX-License-Identifier: Apache-2.0
// Whether the kernel computes what the world computes: asked before it is trusted with anybody's log-in.
#pragma once

#include <span>
#include <string_view>

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

struct KnownAnswer {
    std::string_view password;
    std::string_view hash;  // crypt(5)
};

// Openwall's published vectors, one for each lane; tests/data/bcrypt_openwall.txt has more.
std::span<const KnownAnswer> published_answers();

// Runs `answers` on every number of lanes up to `lanes`, about 2 ms for each. One thread at a time.
bool passes_self_test(std::span<const KnownAnswer> answers, std::size_t lanes);

}  // namespace keyhold::crypto::bcrypt
