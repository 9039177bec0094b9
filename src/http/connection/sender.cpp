// SPDX-License-Identifier: Apache-2.0
#include "http/connection/sender.hpp"

namespace keyhold::http {
namespace {

// Whether "https://auth.example:8443" is an origin of "auth.example:8443". Browsers leave the scheme's own port out
// (RFC 6454 §6.2); who writes the Host may not.
bool names(std::string_view origin, std::string_view host) {
    const std::size_t scheme_size = origin.find("://");
    if (scheme_size == origin.npos || host.empty()) return false;
    const std::string_view scheme = origin.substr(0, scheme_size), authority = origin.substr(scheme_size + 3);
    if (equal_ignoring_case(authority, host)) return true;
    const std::string_view port = scheme == "https" ? ":443" : scheme == "http" ? ":80" : "";
    if (port.empty() || !host.ends_with(port)) return false;
    return equal_ignoring_case(authority, host.substr(0, host.size() - port.size()));
}

bool is_our_own(std::string_view origin, const Request& request) {
    if (names(origin, request.find("Host").value_or(""))) return true;
    // A proxy of ours may ask us by another name than it was asked by.
    return request.by_proxy && names(origin, request.find("X-Forwarded-Host").value_or(""));
}

}  // namespace

Sender sender_of(const Request& request) {
    // Of two, nobody knows which one the browser wrote.
    if (request.count("Sec-Fetch-Site") > 1 || request.count("Origin") > 1) return Sender::other_page;
    if (const auto site = request.find("Sec-Fetch-Site"))
        return *site == "same-origin" || *site == "none" ? Sender::own_page : Sender::other_page;
    const auto origin = request.find("Origin");
    if (!origin) return Sender::nobody_says;
    return is_our_own(*origin, request) ? Sender::own_page : Sender::other_page;  // also "null"
}

}  // namespace keyhold::http
