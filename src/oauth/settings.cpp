// SPDX-License-Identifier: Apache-2.0
#include "oauth/settings.hpp"

#include <array>

#include "base/errors.hpp"

namespace keyhold::oauth {
namespace {

Error refuse(std::string why) { return {errors::configuration, std::move(why)}; }

Result<> check(const Settings& settings) {
    if (settings.registration != "open" && settings.registration != "closed")
        return refuse("oauth_registration is open or closed");
    for (const std::string& network : settings.client_networks)
        if (!IpNetwork::parse(network))
            return refuse("oauth_client_networks: '" + network + "' is no network, as 192.168.7.0/24 is one");
    return {};
}

// clang-format off
constexpr std::array rows{
    path_setting(setting<&Settings::ca_file>("oauth_ca_file", "", "Who may sign the certificates of clients that are told of log-outs, in PEM; empty: the system's authorities")),
    setting<&Settings::client_networks>("oauth_client_networks", "", "Networks beside the public addresses in which clients that registered themselves may be asked: 192.168.7.0/24"),
    setting<&Settings::registration>("oauth_registration", "closed", "Whether clients may register themselves (RFC 7591): open or closed"),
    secret_setting<&Settings::registration_token>("oauth_registration_token", "What they show for it, as a bearer token; empty: anybody may"),
    setting<&Settings::registration_pkce>("oauth_registration_pkce", "true", "Whether such a client needs PKCE even if it proves who it is; one that cannot always does"),
    setting<&Settings::scopes_supported>("oauth_scopes_supported", "openid,profile,email,offline_access", "What discovery lists as scopes, for clients that look"),
};
// clang-format on

}  // namespace

std::vector<IpNetwork> Settings::networks() const {
    std::vector<IpNetwork> networks;
    for (const std::string& text : client_networks)
        if (const auto network = IpNetwork::parse(text)) networks.push_back(*network);
    return networks;
}

const Section& section() {
    static const Section section =
        make_section<Settings, check>("oauth", "How OAuth clients are reached: [openid.md](openid.md).", rows);
    return section;
}

}  // namespace keyhold::oauth
