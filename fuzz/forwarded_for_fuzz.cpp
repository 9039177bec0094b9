// SPDX-License-Identifier: Apache-2.0
// X-Forwarded-For: whatever stands in it, the client has an address that is one, and a network that holds it.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/trusted_proxies.hpp"

using namespace keyhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    // The peer 10.0.0.1 is within, so that the fields are looked at.
    static const auto trusted = http::TrustedProxies::parse(std::vector<std::string>{"10.0.0.0/8", "::1"}).value();
    const std::size_t half = input.find('\n');
    const std::array fields{http::Field{"X-Forwarded-For", input.substr(0, half)},
                            http::Field{"x-forwarded-for", half == input.npos ? "" : input.substr(half + 1)}};
    http::Request request;
    request.fields = fields;
    const auto client = trusted.client_of(request, "10.0.0.1");
    const auto address = IpAddress::parse(client);
    // A zone would make two texts of one address (RFC 4007 §11).
    if (!address || client.find('%') != client.npos) std::abort();
    // The network of a network is that network.
    if (address->network() != address->network().network()) std::abort();
    if (const auto network = IpNetwork::parse(client); !network || !network->holds(*address)) std::abort();
    (void)IpNetwork::parse(input);
    return 0;
}
