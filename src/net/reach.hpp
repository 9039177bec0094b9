// SPDX-License-Identifier: Apache-2.0
// Which addresses may be connected to where somebody else says what is asked (server-side request forgery, CWE-918).
#pragma once

#include <vector>

#include "base/ip_address.hpp"

namespace keyhold::net {

// Whether it is an address of the Internet, as far as the registries of special ones say (RFC 6890, IANA): not this
// machine, a private network, link-local, multicast or documentation, and none that stands for an IPv4 address (6to4,
// Teredo, NAT64), which may be any of those.
bool is_public(const IpAddress& address);

// Read once, when a client is made.
struct Reach {
    bool anywhere = true;                  // the operator says what is asked
    std::vector<IpNetwork> networks = {};  // beside the public addresses, where it is not anywhere
    bool holds(const IpAddress& address) const;
};

}  // namespace keyhold::net
