// SPDX-License-Identifier: Apache-2.0
// bcrypt by Debian's libxcrypt: what the engine is measured against, and what it falls back to.
#pragma once

#include <optional>

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

// Empty if libxcrypt refuses (a build of it without bcrypt).
std::optional<Digest> compute_with_libxcrypt(const Request& request);

// Computes on the caller's thread, and knows nothing of clients that are gone: it never throws Abandoned.
class Libxcrypt final : public Backend {
public:
    Digest compute(const Request& request) override;
};

}  // namespace keyhold::crypto::bcrypt
