// SPDX-License-Identifier: Apache-2.0
// The version, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace keyhold::server {

inline constexpr std::string_view version = KEYHOLD_VERSION;

}  // namespace keyhold::server
