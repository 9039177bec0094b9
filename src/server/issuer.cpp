// SPDX-License-Identifier: Apache-2.0
#include "server/issuer.hpp"

#include "base/ip_address.hpp"
#include "server/process/bind.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {

std::string issuer_of(const Settings& settings) {
    if (!settings.issuer.empty()) return settings.issuer;
    for (const std::string& text : settings.bind) {
        const auto address = parse_bind("bind", text);
        if (address && !address->is_unix())
            return address->port != 0 ? url_of(*address, scheme_of(settings)) : std::string();
    }
    return {};
}

std::string base_of_links(const Settings& settings) {
    std::string base = settings.issuer;
    if (base.empty()) {
        for (const std::string& text : settings.bind) {
            const auto address = parse_bind("bind", text);
            const auto ip = address && !address->is_unix() ? IpAddress::parse(address->host) : std::nullopt;
            if (ip && !ip->is_loopback()) return {};
        }
        base = issuer_of(settings);
    }
    while (base.ends_with('/')) base.pop_back();
    return base;
}

std::string problem_with_issuer(const Settings& settings, const std::vector<http::Address>& addresses) {
    if (!settings.issuer.empty() || secret_signs(settings)) return {};
    for (const http::Address& address : addresses) {
        if (address.is_unix()) continue;
        const auto ip = IpAddress::parse(address.host);
        if (ip && ip->is_loopback()) continue;
        return "issuer is empty, and " + to_text(address) +
               " can be reached from elsewhere: set it to the URL by which clients reach this server, as in issuer = "
               "\"https://auth.example.com\"";
    }
    return {};
}

}  // namespace keyhold::server
