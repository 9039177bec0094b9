// SPDX-License-Identifier: Apache-2.0
#include "http/cookies.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace keyhold::http {

std::optional<std::string_view> find_cookie(const Request& request, std::string_view name) {
    std::optional<std::string_view> found;
    // HTTP/1.1 browsers send one Cookie field, proxies that speak HTTP/2 may split it into several (RFC 9113 §8.2.3).
    for (const Field& field : request.fields) {
        if (!equal_ignoring_case(field.name, "Cookie")) continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const std::string_view pair = trimmed(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
            const std::size_t equals = pair.find('=');
            if (equals == pair.npos || trimmed(pair.substr(0, equals)) != name) continue;
            // Two of one name: the other one may have been set by a neighbouring subdomain.
            if (found) return std::nullopt;
            found = trimmed(pair.substr(equals + 1));
        }
    }
    return found;
}

}  // namespace keyhold::http
