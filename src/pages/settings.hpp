// SPDX-License-Identifier: Apache-2.0
// What an operator may say of the pages.
#pragma once

#include <string>
#include <vector>

#include "base/setting.hpp"

namespace keyhold::pages {

struct PageSettings {
    std::string brand;
    std::string accent_color;  // "#0b57d0"
    std::string templates_dir;
    std::vector<std::string> security_contact;  // URIs (RFC 9116 §2.5.3)
};

// [pages]. It is checked whole: what cannot be shown is refused at the start.
const Section& page_section();

}  // namespace keyhold::pages
