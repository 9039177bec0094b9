// SPDX-License-Identifier: Apache-2.0
#include "domain/redirect_uri.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t longest = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

// RFC 3986, as far as it matters here.
struct Parts {
    std::string_view scheme;
    std::string_view authority;  // of what has "//"
    std::string_view rest;       // path and query
    bool has_authority = false;
};

std::optional<Parts> take_apart(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    if (colon == uri.npos || colon == 0 || !is_letter(uri[0])) return std::nullopt;
    Parts parts;
    parts.scheme = uri.substr(0, colon);
    const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (!std::ranges::all_of(parts.scheme, fits)) return std::nullopt;
    parts.rest = uri.substr(colon + 1);
    if (!parts.rest.starts_with("//")) return parts;
    parts.has_authority = true;
    parts.rest.remove_prefix(2);
    const std::size_t end = std::min(parts.rest.find_first_of("/?"), parts.rest.size());
    parts.authority = parts.rest.substr(0, end);
    parts.rest.remove_prefix(end);
    return parts;
}

struct Host {
    std::string_view name;  // "[::1]" with its brackets
    std::string_view port;  // empty: none
};

std::optional<Host> host_of(std::string_view authority) {
    const std::size_t end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
    if (authority.starts_with('[') && end == authority.npos) return std::nullopt;
    const std::size_t name_size = authority.starts_with('[') ? end + 1 : std::min(end, authority.size());
    Host host{authority.substr(0, name_size), authority.substr(name_size)};
    if (host.name.empty()) return std::nullopt;
    if (host.port.empty()) return host;
    if (!host.port.starts_with(':')) return std::nullopt;
    host.port.remove_prefix(1);
    const bool is_number = !host.port.empty() && host.port.size() <= 5 && std::ranges::all_of(host.port, is_digit);
    return is_number && std::stoi(std::string(host.port)) <= 65535 ? std::optional(host) : std::nullopt;
}

// "%2e" is another spelling of '.' to a browser, which would go up by it.
bool goes_up(std::string_view rest) {
    std::string path = ascii_lower(rest.substr(0, rest.find('?')));
    for (std::size_t at = path.find("%2e"); at != path.npos; at = path.find("%2e")) path.replace(at, 3, ".");
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view segment = std::string_view(path).substr(at, end - at);
        if (segment == "." || segment == "..") return true;
        at = end + 1;
    }
    return false;
}

bool is_well_encoded(std::string_view uri) {
    const auto is_hex = [](char c) { return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f'); };
    for (std::size_t at = uri.find('%'); at != uri.npos; at = uri.find('%', at + 1))
        if (at + 2 >= uri.size() || !is_hex(uri[at + 1]) || !is_hex(uri[at + 2])) return false;
    return true;
}

constexpr std::array<std::string_view, 2> loopback{"127.0.0.1", "[::1]"};
bool is_loopback(std::string_view host) { return std::ranges::find(loopback, host) != loopback.end(); }

Error refuse(std::string why) { return {errors::validation_failed, "redirect URI: " + std::move(why)}; }

// The URI without its port, if it is one of a loopback address over http.
std::optional<std::string> without_loopback_port(std::string_view uri) {
    const auto parts = take_apart(uri);
    if (!parts || parts->scheme != "http") return std::nullopt;
    const auto host = host_of(parts->authority);
    if (!host || !is_loopback(host->name)) return std::nullopt;
    return std::string(host->name).append(parts->rest);
}

}  // namespace

Result<> check_redirect_uri(std::string_view uri) {
    if (uri.size() > longest) return refuse("longer than 1 KiB");
    if (std::ranges::any_of(
            uri, [](char c) { return c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>'; }))
        return refuse("white space, controls, or what no URI holds: encode it");
    if (uri.find('#') != uri.npos) return refuse("a fragment ('#') is not allowed");
    if (uri.find('*') != uri.npos) return refuse("it is compared letter by letter: '*' stands for nothing");
    if (!is_well_encoded(uri)) return refuse("'%' has to be followed by two hex digits");
    const auto parts = take_apart(uri);
    if (!parts) return refuse("it has to be absolute: https://app.example.com/callback");
    if (goes_up(parts->rest)) return refuse("'.' and '..' are no segments of a path that is compared");
    if (parts->authority.find('@') != parts->authority.npos) return refuse("a name or password before '@'");
    if (parts->scheme == "https" || parts->scheme == "http") {
        const auto host = parts->has_authority ? host_of(parts->authority) : std::nullopt;
        if (!host) return refuse("it names no host");
        if (parts->scheme == "http" && !is_loopback(host->name) && host->name != "localhost")
            return refuse("http is for this machine alone (127.0.0.1, [::1], localhost): use https");
        return {};
    }
    if (parts->scheme.find('.') == parts->scheme.npos)
        return refuse("a scheme of an app's own is its domain turned round, as in com.example.app:/callback");
    return {};
}

bool is_registered_redirect_uri(std::string_view registered, std::string_view given) {
    if (given.empty() || given.size() > longest) return false;
    const auto free_port = without_loopback_port(given);
    return any_word(registered, [&](std::string_view known) {
        return known == given || (free_port && without_loopback_port(known) == free_port);
    });
}

}  // namespace keyhold::domain
