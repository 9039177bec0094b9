// SPDX-License-Identifier: Apache-2.0
// What a User-Agent says of a device, in words that its owner knows: "Firefox" on "Android".
#pragma once

#include <string_view>

namespace keyhold::pages {

// Static text; empty if it is not known.
struct DeviceWords {
    std::string_view browser;
    std::string_view system;
};

// Browsers name each other (Chrome says that it is Safari too), so the one that nobody imitates is looked for first. No
// more is read than families: versions and models are frozen or invented by now.
DeviceWords device_words(std::string_view user_agent);

}  // namespace keyhold::pages
