// SPDX-License-Identifier: Apache-2.0
// What an operator says about OAuth clients as a whole: the table [oauth] of keyhold.toml (docs/openid.md).
#pragma once

#include <string>

#include "base/setting.hpp"

namespace keyhold::oauth {

struct Settings {
    std::string ca_file;  // PEM; empty: the system's authorities
};

const Section& section();

}  // namespace keyhold::oauth
