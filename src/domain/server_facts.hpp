// SPDX-License-Identifier: Apache-2.0
// What those who look after the server are shown of it, by the API and by pages.
#pragma once

#include <cstddef>
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

// How a server was started that somebody tries out: told at the terminal, and at `/`.
struct Development {
    std::string database;               // its URL, without a password
    std::string algorithm;              // of access tokens: "HS256"
    bool has_own_keys;                  // they sign, and not SECRET_KEY
    std::string admin_bind;             // where administrators and metrics are, as the settings say it; empty: nowhere
    std::size_t password_min_length;    // characters
    std::vector<std::string> warnings;  // what is weak about its secrets, a sentence each without its full stop
};

}  // namespace keyhold::domain
