// SPDX-License-Identifier: Apache-2.0
// The one comparison of what is secret.
#pragma once

#include <string_view>

namespace keyhold::crypto {

// Takes the same time wherever two texts of one size differ. A size is no secret: texts of different sizes are told
// apart at once.
// For codes, digests and tokens that a stranger sent: == ends at the first byte that differs, and how long it takes
// would tell where that is.
bool equal(std::string_view a, std::string_view b) noexcept;

}  // namespace keyhold::crypto
