// SPDX-License-Identifier: Apache-2.0
#include "http/form.hpp"

#include <algorithm>

#include "base/percent_encoding.hpp"

namespace keyhold::http {
std::optional<std::string> decode_form_text(std::string_view text) { return percent_decoded(text, ' '); }
std::optional<std::string> decode_path(std::string_view text) { return percent_decoded(text); }

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(item.size() + 1, text.size()));
        // "a=1&&b=2": nothing between two '&' is no pair (WHATWG URL §5.1). "a" alone is a pair with an empty value.
        if (item.empty()) continue;
        const std::size_t equals = std::min(item.find('='), item.size());
        auto name = decode_form_text(item.substr(0, equals));
        auto value = decode_form_text(item.substr(std::min(equals + 1, item.size())));
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

}  // namespace keyhold::http
