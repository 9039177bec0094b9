// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/redirect_uri.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/percent_encoding.hpp"
#include "base/text.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t longest = 1024;

// RFC 3986, as far as it matters here.
struct Parts {
    std::string_view scheme;
    std::string_view authority;  // of what has "//"
    std::string_view rest;       // path and query
    bool has_authority = false;
};

std::optional<Parts> take_apart(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    if (colon == uri.npos || colon == 0 || !is_ascii_letter(uri[0])) return std::nullopt;
    Parts parts;
    parts.scheme = uri.substr(0, colon);
    const auto fits = [](char c) { return is_ascii_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
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
    // A literal IPv6 address (RFC 3986 §3.2.2) has colons of its own.
    const std::size_t end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
    if (authority.starts_with('[') && end == authority.npos) return std::nullopt;
    const std::size_t name_size = authority.starts_with('[') ? end + 1 : std::min(end, authority.size());
    Host host{authority.substr(0, name_size), authority.substr(name_size)};
    if (host.name.empty()) return std::nullopt;
    if (host.port.empty()) return host;
    if (!host.port.starts_with(':')) return std::nullopt;
    host.port.remove_prefix(1);
    const bool is_number =
        !host.port.empty() && host.port.size() <= 5 && std::ranges::all_of(host.port, is_ascii_digit);
    return is_number && std::stoi(std::string(host.port)) <= 65535 ? std::optional(host) : std::nullopt;
}

// "%2e" is another spelling of '.' to a browser, which would go up by it.
bool goes_up(std::string_view rest) {
    // The query is no path: dots there go nowhere.
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
    for (std::size_t at = uri.find('%'); at != uri.npos; at = uri.find('%', at + 1))
        if (!is_percent_encoded(uri, at)) return false;
    return true;
}

// Not localhost, which a resolver may lead elsewhere (RFC 8252 §8.3).
constexpr std::array<std::string_view, 2> loopback{"127.0.0.1", "[::1]"};
bool is_loopback(std::string_view host) { return std::ranges::find(loopback, host) != loopback.end(); }

// `what` is how the sentence calls it.
class Refusal {
public:
    explicit Refusal(std::string_view what) : what_(what) {}
    Error operator()(std::string_view why) const {
        return {errors::validation_failed, std::string(what_).append(": ").append(why)};
    }

private:
    std::string_view what_;
};

// The URI without its port, if it is one of a loopback address over http.
std::optional<std::string> without_loopback_port(std::string_view uri) {
    const auto parts = take_apart(uri);
    if (!parts || parts->scheme != "http") return std::nullopt;
    const auto host = host_of(parts->authority);
    if (!host || !is_loopback(host->name)) return std::nullopt;
    return std::string(host->name).append(parts->rest);
}

}  // namespace

Result<> check_redirect_uri(std::string_view uri, std::string_view what) {
    const Refusal refuse_uri(what);
    if (uri.size() > longest) return refuse_uri("longer than 1 KiB");
    if (std::ranges::any_of(
            // A backslash is a '/' to browsers, and would end the authority for them alone.
            uri, [](char c) { return !is_ascii_visible(c) || c == '\\' || c == '"' || c == '<' || c == '>'; }))
        return refuse_uri("white space, controls, or what no URI holds: encode it");
    if (uri.find('#') != uri.npos) return refuse_uri("a fragment ('#') is not allowed");
    if (uri.find('*') != uri.npos) return refuse_uri("it is compared letter by letter: '*' stands for nothing");
    if (!is_well_encoded(uri)) return refuse_uri("'%' has to be followed by two hex digits");
    const auto parts = take_apart(uri);
    if (!parts) return refuse_uri("it has to be absolute: https://app.example.com/callback");
    if (goes_up(parts->rest)) return refuse_uri("'.' and '..' are no segments of a path that is compared");
    if (parts->authority.find('@') != parts->authority.npos) return refuse_uri("a name or password before '@'");
    if (parts->scheme == "https" || parts->scheme == "http") {
        const auto host = parts->has_authority ? host_of(parts->authority) : std::nullopt;
        if (!host) return refuse_uri("it names no host");
        if (parts->scheme == "http" && !is_loopback(host->name) && host->name != "localhost")
            return refuse_uri("http is for this machine alone (127.0.0.1, [::1], localhost): use https");
        return {};
    }
    // Without a dot it could be "javascript", "data" or another scheme that a browser acts upon.
    if (parts->scheme.find('.') == parts->scheme.npos)
        return refuse_uri("a scheme of an app's own is its domain turned round, as in com.example.app:/callback");
    return {};
}

bool is_at_localhost(std::string_view uri) {
    const auto parts = take_apart(uri);
    const auto host = parts ? host_of(parts->authority) : std::nullopt;
    return host && ascii_lower(host->name) == "localhost";
}

bool is_registered_redirect_uri(std::string_view registered, std::string_view given) {
    if (given.empty() || given.size() > longest) return false;
    const auto free_port = without_loopback_port(given);
    return any_word(registered, [&](std::string_view known) {
        // Compared as text, without normalisation (RFC 9700 §4.1.3): two readers of a URI cannot disagree then.
        return known == given || (free_port && without_loopback_port(known) == free_port);
    });
}

}  // namespace keyhold::domain
