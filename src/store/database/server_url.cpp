// SPDX-License-Identifier: Apache-2.0
#include "store/database/server_url.hpp"

#include <algorithm>
#include <optional>

#include "base/integer.hpp"
#include "base/percent_encoding.hpp"

namespace keyhold::store {

namespace {

Error refuse_url(std::string why) { return {errors::configuration, "DATABASE_URL: " + std::move(why)}; }

// Empty for a '%' without two digits, and for a NUL.
std::optional<std::string> decode(std::string_view text) {
    auto decoded = percent_decoded(text);
    return decoded && decoded->find('\0') == decoded->npos ? std::move(decoded) : std::nullopt;
}

// What stands before the first of `separators`, which is taken off `text` together with it.
std::string_view take_until(std::string_view& text, std::string_view separators) {
    const std::string_view part = text.substr(0, text.find_first_of(separators));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

bool is_port(std::string_view text) {
    const auto port = parse_integer<unsigned>(text);
    return port && *port >= 1 && *port <= 65535;
}

// "name", "name:port", "[::1]:port".
Result<ServerUrl::Host> parse_host(std::string_view text) {
    std::string_view name = text;
    std::string_view port;
    const auto bracket = text.find(']');
    if (text.starts_with('[') && bracket != std::string_view::npos) {
        name = text.substr(1, bracket - 1);
        port = text.substr(bracket + 1);
        if (!port.empty() && port.front() != ':') return refuse_url("a host is not understood");
    } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (!port.empty()) port.remove_prefix(1);
    if (!port.empty() && !is_port(port)) return refuse_url("a port is not a number from 1 to 65535");
    auto decoded = decode(name);
    if (!decoded || decoded->find_first_of(", ") != std::string::npos) return refuse_url("a host is not understood");
    return ServerUrl::Host{std::move(*decoded), std::string(port)};
}

// "db1,db2:5433", or the folder of a Unix socket.
Result<> add_hosts(std::string_view list, ServerUrl& url) {
    while (!list.empty()) {
        const std::string_view item = take_until(list, ",");
        auto host =
            item.starts_with('/') ? Result<ServerUrl::Host>(ServerUrl::Host{std::string(item), ""}) : parse_host(item);
        if (!host) return std::move(host).error();
        url.hosts.push_back(std::move(*host));
    }
    return {};
}

// One for all hosts, or one for each: "5432,5433".
Result<> set_ports(std::string_view list, ServerUrl& url) {
    std::vector<std::string> ports;
    while (!list.empty()) {
        ports.emplace_back(take_until(list, ","));
        if (!is_port(ports.back())) return refuse_url("a port is not a number from 1 to 65535");
    }
    if (ports.size() > 1 && ports.size() != url.hosts.size()) return refuse_url("there are not as many ports as hosts");
    for (std::size_t i = 0; i < url.hosts.size() && !ports.empty(); ++i)
        if (url.hosts[i].port.empty()) url.hosts[i].port = ports[ports.size() == 1 ? 0 : i];
    return {};
}

// `host` and `port` may stand among the options, as SQLAlchemy writes several hosts; ports are set when all hosts are
// known.
Result<> parse_options(std::string_view text, std::span<const std::string_view> allowed, ServerUrl& url) {
    std::string ports;
    while (!text.empty()) {
        std::string_view value = take_until(text, "&");
        const std::string name(take_until(value, "="));
        auto decoded = decode(value);
        if (!decoded) return refuse_url("a '%' is not followed by two hexadecimal digits");
        if (name == "host") {
            if (auto added = add_hosts(*decoded, url); !added) return added;
        } else if (name == "port") {
            ports = std::move(*decoded);
        } else if (std::ranges::find(allowed, name) != allowed.end()) {
            url.options.emplace_back(name, std::move(*decoded));
        } else {
            return refuse_url("the option '" + name + "' is not understood here");
        }
    }
    return set_ports(ports, url);
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view rest, std::span<const std::string_view> allowed) {
    ServerUrl url;
    // Split before anything is decoded: what is written %2F or %40 is a part of a name or a password.
    std::string_view authority = take_until(rest, "/");
    // The last '@', as some people write one in their password as it is.
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        std::string_view person = authority.substr(0, at);
        authority.remove_prefix(at + 1);
        auto user = decode(take_until(person, ":"));
        auto password = decode(person);
        if (!user || !password)
            return refuse_url("a '%' in the user or password is not followed by two hexadecimal digits");
        url.user = std::move(*user);
        url.password = std::move(*password);
    }
    while (!authority.empty()) {
        auto host = parse_host(take_until(authority, ","));
        if (!host) return std::move(host).error();
        url.hosts.push_back(std::move(*host));
    }
    auto database = decode(take_until(rest, "?"));
    if (!database || database->empty())
        return refuse_url(
            "the name of a database is missing, as in ...@host/name; a '/', '?', '#' or '@' in a password is "
            "written %2F, %3F, %23 or %40");
    url.database = std::move(*database);
    if (auto parsed = parse_options(rest, allowed, url); !parsed) return std::move(parsed).error();
    if (url.hosts.empty()) url.hosts.emplace_back();
    return url;
}

std::string shown(const ServerUrl& url) {
    std::string text = url.database;
    for (const ServerUrl::Host& host : url.hosts) {
        text += &host == &url.hosts.front() ? " on " : ", ";
        text += host.name.empty() ? "localhost" : host.name;
        if (!host.port.empty()) text += ":" + host.port;
    }
    return text;
}

}  // namespace keyhold::store
