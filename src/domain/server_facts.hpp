// SPDX-License-Identifier: Apache-2.0
// What those who look after the server are shown of it, by the API and by pages.
#pragma once

#include <string>
#include <vector>

#include "domain/keys/key_ring.hpp"

namespace keyhold::domain {

// The keys of our own that sign; null where SECRET_KEY does.
struct OwnKeyRing {
    KeyRing* ring = nullptr;
};

// The settings that the server was started with, as they may be shown: no secret is among them.
struct ShownSetting {
    std::string name;   // "client[0].id" in a list
    std::string value;  // "(set)" of a secret
    std::string from;   // "flag", "KEYHOLD_ISSUER", "keyhold.toml", "default"
};
struct ShownSettings {
    std::vector<ShownSetting> all;
    std::vector<std::string> doubts;  // what is unsafe about them, a sentence each
};

}  // namespace keyhold::domain
