// SPDX-License-Identifier: Apache-2.0
// What an operator says about OAuth clients as a whole: the table [oauth] of keyhold.toml (docs/openid.md).
#pragma once

#include <array>
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
    bool request_objects = false;               // `request` and `request_uri` are read (OpenID Connect Core §6)
    bool implicit = false;                      // response types `id_token` and `id_token token` (§3.2)
    bool status_lists = false;                  // access tokens name the list that has their session's state

    // Those of client_networks, parsed; check() has refused what is none.
    std::vector<IpNetwork> networks() const;
};

// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array setting_rows{
    path_setting(setting<&Settings::ca_file>("oauth_ca_file", "", "Who may sign the certificates of clients that are told of log-outs, in PEM; empty: the system's authorities")),
    setting<&Settings::client_networks>("oauth_client_networks", "", "Networks beside the public addresses in which clients that registered themselves may be asked: 192.168.7.0/24"),
    setting<&Settings::registration>("oauth_registration", "closed", "Whether clients may register themselves (RFC 7591): open or closed"),
    secret_setting<&Settings::registration_token>("oauth_registration_token", "What they show for it, as a bearer token; empty: anybody may"),
    setting<&Settings::registration_pkce>("oauth_registration_pkce", "true", "Whether such a client needs PKCE even if it proves who it is; one that cannot always does"),
    setting<&Settings::request_objects>("oauth_request_objects", "false", "Whether clients may write what they ask for into a JWT: the parameters request and request_uri"),
    setting<&Settings::implicit>("oauth_implicit", "false", "Whether clients with the grant implicit get tokens in the address of the page they come back to; a code is safer (RFC 9700)"),
    setting<&Settings::status_lists>("oauth_status_lists", "false", "Whether access tokens name a list that says whether their session has ended (IETF Token Status List), for verifiers that follow no feed of ours; not under a SECRET_KEY"),
    setting<&Settings::scopes_supported>("oauth_scopes_supported", "openid,profile,email,offline_access", "What discovery lists as scopes, for clients that look"),
};
// clang-format on

const Section& section();

}  // namespace keyhold::oauth
