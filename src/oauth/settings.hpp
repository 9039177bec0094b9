// SPDX-License-Identifier: Apache-2.0
// What an operator says about OAuth clients as a whole: the table [oauth] of keyhold.toml (docs/openid.md).
#pragma once

#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "base/setting.hpp"

namespace keyhold::oauth {

struct Settings {
    std::string ca_file;  // PEM; empty: the system's authorities
    // Beside public addresses: where clients may be that registered themselves. "192.168.7.0/24"
    std::vector<std::string> client_networks;
    std::vector<std::string> scopes_supported;  // what discovery lists
    std::string registration;                   // "closed", or "open": clients register themselves (RFC 7591)
    Secret registration_token;                  // that they show; empty: none
    bool registration_pkce = true;              // those with a secret or a key need PKCE, as all others do

    std::vector<IpNetwork> networks() const;
};

const Section& section();

}  // namespace keyhold::oauth
