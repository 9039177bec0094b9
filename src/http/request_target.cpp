// SPDX-License-Identifier: Apache-2.0
#include "http/request_target.hpp"

#include <algorithm>

#include "base/percent_encoding.hpp"
#include "base/text.hpp"
#include "http/message.hpp"

namespace keyhold::http {
namespace {

// RFC 3986 §2.2, §2.3
bool is_in_name(char c) {
    return is_ascii_alphanumeric(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

// RFC 3986 §3.2.2: reg-name, which an IPv4 address is too.
bool is_name(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_in_name(text[i])) continue;
        if (text[i] != '%' || !is_percent_encoded(text, i)) return false;
        i += 2;
    }
    return true;
}

// RFC 3986 §3.2.2: what stands in the brackets of an IP-literal.
bool is_literal(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c == ':' || is_in_name(c); });
}

// "https://a.example/x" -> "a.example/x"
std::optional<std::string_view> behind_scheme(std::string_view target) {
    for (std::string_view scheme : {"http://", "https://"})
        if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
    return std::nullopt;
}

}  // namespace

// A port may be empty ("example.org:", RFC 3986 §3.2.3); its range is not looked at, as nobody connects to it. Behind a
// bracket nothing but a port may follow, and a port alone (":80") is no host.
bool is_host(std::string_view text) {
    std::size_t end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == text.npos || !is_literal(text.substr(1, bracket - 1))) return false;
        end = bracket + 1 == text.size() ? text.npos : bracket + 1;
    } else if (!is_name(text.substr(0, end))) {
        return false;
    }
    if (end == text.npos) return true;
    const std::string_view port = text.substr(end + 1);
    return end > 0 && text[end] == ':' && std::all_of(port.begin(), port.end(), is_ascii_digit);
}

std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

// The authority form (RFC 9112 §3.2.3) is refused, since it belongs to CONNECT, which a server that is no proxy does
// not answer.
std::optional<Target> parse_target(std::string_view method, std::string_view target) {
    // A fragment is never sent (RFC 9112 §3.2.1). A reader that cuts it off would see another path than one that does
    // not.
    if (!std::ranges::all_of(target, is_ascii_visible) || target.find('#') != target.npos) return std::nullopt;
    if (target == "*") return method == "OPTIONS" ? std::optional(Target{target, {}, {}}) : std::nullopt;
    Target result;
    if (!target.starts_with('/')) {
        const auto rest = behind_scheme(target);
        if (!rest) return std::nullopt;
        const std::size_t end = std::min(rest->find_first_of("/?"), rest->size());
        result.authority = rest->substr(0, end);
        if (result.authority.empty() || !is_host(result.authority)) return std::nullopt;
        target = rest->substr(end);
    }
    const std::size_t question = std::min(target.find('?'), target.size());
    // "http://a.example?x" has no path: it is "/" (RFC 9112 §3.2.1).
    result.path = question == 0 ? "/" : target.substr(0, question);
    result.query = target.substr(std::min(question + 1, target.size()));
    return result;
}

}  // namespace keyhold::http
