// SPDX-License-Identifier: Apache-2.0
// What Blowfish starts from: the first 1042 words of the fraction of pi. blowfish_tables.py computes them.
#pragma once

#include <cstdint>

namespace keyhold::crypto::bcrypt {

extern const std::uint32_t initial_subkeys[18];
extern const std::uint32_t initial_sboxes[4][256];

}  // namespace keyhold::crypto::bcrypt
