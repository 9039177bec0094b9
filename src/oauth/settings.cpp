// SPDX-License-Identifier: Apache-2.0
#include "oauth/settings.hpp"

#include <array>

#include "base/errors.hpp"

namespace keyhold::oauth {
namespace {

Error refuse_setting(std::string why) { return {errors::configuration, std::move(why)}; }

std::vector<Error> check(const Settings& settings) {
    std::vector<Error> wrong;
    if (settings.registration != "open" && settings.registration != "closed")
        wrong.push_back(refuse_setting("oauth_registration is open or closed"));
    for (const std::string& network : settings.client_networks)
        if (!IpNetwork::parse(network))
            wrong.push_back(
                refuse_setting("oauth_client_networks: '" + network + "' is no network, as 192.168.7.0/24 is one"));
    return wrong;
}

}  // namespace

std::vector<IpNetwork> Settings::networks() const {
    std::vector<IpNetwork> networks;
    for (const std::string& text : client_networks)
        if (const auto network = IpNetwork::parse(text)) networks.push_back(*network);
    return networks;
}

const Section& section() {
    static const Section section =
        make_section<Settings, check>("oauth", "How OAuth clients are reached: [openid.md](openid.md).", setting_rows);
    return section;
}

}  // namespace keyhold::oauth
