// SPDX-License-Identifier: Apache-2.0
#include "http/own_name.hpp"

#include "base/ip_address.hpp"
#include "http/errors.hpp"
#include "http/request_target.hpp"

namespace keyhold::http {
namespace {

// False for text that is no address, such as "unix" or a name.
bool is_loopback(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address && address->is_loopback();
}

}  // namespace

Result<OwnName> Extract<OwnName>::from(const Request& request) {
    if (!is_loopback(request.remote_address)) return OwnName();
    const std::string_view host = without_port(request.find("Host").value_or(""));
    // An empty Host names nobody, and no browser sends one. An address cannot be rebound, as no name was looked up.
    if (host.empty() || equal_ignoring_case(host, "localhost") || is_loopback(host)) return OwnName();
    return errors::misdirected;
}

}  // namespace keyhold::http
