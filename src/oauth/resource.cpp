// SPDX-License-Identifier: Apache-2.0
#include "oauth/resource.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "domain/clients/client_errors.hpp"

namespace keyhold::oauth {
namespace {

// RFC 3986 §4.3: a scheme, ':' and something behind it, of characters that may stand in a URI.
bool is_absolute_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos || colon == 0 || colon + 1 == text.size() || !is_ascii_letter(text.front())) return false;
    const auto is_of_scheme = [](char c) { return is_ascii_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
    return std::ranges::all_of(text.substr(0, colon), is_of_scheme) && std::ranges::all_of(text, is_ascii_visible);
}

// RFC 3986 §6.2.3: "https://api.example.com" and "https://api.example.com/" are the same, and libraries of URLs write
// the second.
std::string_view without_empty_path(std::string_view uri) {
    const std::size_t authority = uri.find("://");
    if (authority != uri.npos && uri.find('/', authority + 3) == uri.size() - 1) uri.remove_suffix(1);
    return uri;
}

}  // namespace

std::optional<std::string> wrong_resource(std::string_view resource, std::string_view audience) {
    // §2: "Its value MUST be an absolute URI [...] The URI MUST NOT include a fragment component."
    if (!is_absolute_uri(resource)) return "resource has to be an absolute URI";
    if (resource.find('#') != resource.npos) return "resource has to be a URI without a fragment";
    if (!audience.empty() && without_empty_path(resource) == without_empty_path(audience)) return std::nullopt;
    return "no token of this server is for this resource";
}

Result<> check_resources(std::span<const std::string> resources, std::string_view audience) {
    for (const std::string& resource : resources) {
        if (resource.empty()) continue;  // one without a value counts as absent (RFC 6749 §3.1)
        if (auto wrong = wrong_resource(resource, audience)) return Error(errors::invalid_target, *std::move(wrong));
    }
    return {};
}

}  // namespace keyhold::oauth
