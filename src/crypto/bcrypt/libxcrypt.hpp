// bcrypt by Debian's libxcrypt: what the engine is measured against, and what it falls back to.
#pragma once

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

class Libxcrypt final : public Backend {
public:
    Digest compute(const Request& request) override;
};

}  // namespace keyhold::crypto::bcrypt
