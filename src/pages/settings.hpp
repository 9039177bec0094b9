// SPDX-License-Identifier: Apache-2.0
// What an operator may say of the pages.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/setting.hpp"

namespace keyhold::pages {

struct PageSettings {
    std::string brand;
    std::string brand_logo;    // a file
    std::string accent_color;  // "#0b57d0"
    std::string templates_dir;
    std::vector<std::string> security_contact;  // URIs (RFC 9116 §2.5.3)
};

// One for each member: what it is called, what it is where nothing is said, and what it means.
inline constexpr std::array setting_rows{
    setting<&PageSettings::brand>("pages_brand", "Keyhold", "What the pages call this service"),
    path_setting(setting<&PageSettings::brand_logo>("pages_brand_logo", "",
                                                    "A picture that the pages show in the place of that name: a PNG or "
                                                    "SVG file of at most 64 KiB; empty: the name")),
    setting<&PageSettings::accent_color>(
        "pages_accent_color", "#0b57d0",
        "The colour of links and buttons; it has to be readable on white, and a lighter shade is made for dark pages"),
    path_setting(setting<&PageSettings::templates_dir>(
        "pages_templates_dir", "",
        "A folder with templates (sign_in.mustache) and texts (texts/en.txt) that replace ours; empty: none")),
    setting<&PageSettings::security_contact>("pages_security_contact", "",
                                             "Whom to tell of a hole, for /.well-known/security.txt: URIs, separated "
                                             "by commas (mailto:security@example.com)"),
};

// [pages]. It is checked whole: what cannot be shown is refused at the start.
const Section& page_section();

}  // namespace keyhold::pages
