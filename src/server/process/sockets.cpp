// SPDX-License-Identifier: Apache-2.0
// Where the listening sockets come from: systemd (sd_listen_fds(3)), the server before this one, or they are opened.
#include "server/process/sockets.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/integer.hpp"
#include "server/process/bind.hpp"

namespace keyhold::server {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START
// More than anybody configures; the number comes from the environment and must not make a long loop.
constexpr int most_descriptors = 64;

std::optional<std::string_view> find(const Environment& environment, std::string_view name) {
    for (const auto& [variable, text] : environment)
        if (variable == name) return text;
    return std::nullopt;
}

// Empty items stay, as LISTEN_FDNAMES has one name for each descriptor.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> items;
    while (true) {
        const std::size_t colon = std::min(text.find(':'), text.size());
        items.push_back(text.substr(0, colon));
        if (colon == text.size()) return items;
        text.remove_prefix(colon + 1);
    }
}

// An address has one socket for each thread, all with the same name, so the first tells for all.
bool are_of(const http::ListeningSockets& sockets, const http::Address& wanted) {
    if (sockets.empty()) return false;
    const http::Address& address = sockets.front()->address();
    return address.host == wanted.host && address.path == wanted.path &&
           // Port 0 fits any: a restart keeps the port that the running server was given.
           (wanted.port == 0 || address.port == wanted.port);
}

// Sockets of `known` are those that a running server handed over.
Result<http::ListeningSockets> take_or_open(std::string_view setting, const std::string& text,
                                            std::span<const http::ListeningSockets> known, std::size_t threads,
                                            const Settings& settings) {
    auto address = parse_bind(setting, text);
    if (!address) return std::move(address).error();
    // Those of the predecessor come first: opening them once more would make a second queue, and whoever waits in the
    // old one would be lost with it.
    for (const auto& of_address : known)
        if (are_of(of_address, *address)) return of_address;
    return http::ListeningSocket::open(*address, threads, static_cast<mode_t>(settings.unix_socket_mode));
}

}  // namespace

Result<Sockets> inherited_sockets(const Environment& environment) {
    Sockets sockets;
    const auto process = parse_integer<int>(find(environment, "LISTEN_PID").value_or(""));
    // The variables are inherited by children; only the process that they name may use the descriptors.
    if (!process || *process != ::getpid()) return sockets;  // meant for somebody else
    const auto count = parse_integer<int>(find(environment, "LISTEN_FDS").value_or(""));
    if (!count || *count < 0 || *count > most_descriptors)
        return Error(errors::configuration, "LISTEN_FDS is not a number of descriptors");
    const auto names_text = find(environment, "LISTEN_FDNAMES");
    const auto names = names_text ? split(*names_text) : std::vector<std::string_view>();
    if (names_text && names.size() != static_cast<std::size_t>(*count))
        return Error(errors::configuration, "LISTEN_FDNAMES does not name as many descriptors as LISTEN_FDS counts");
    for (int i = 0; i < *count; ++i) {
        auto socket = http::ListeningSocket::adopt(first_descriptor + i);
        if (!socket) return std::move(socket).error();
        if (names_text && names[static_cast<std::size_t>(i)] == "admin")
            sockets.admin.push_back(*std::move(socket));
        else
            sockets.clients.push_back({*std::move(socket)});
    }
    return sockets;
}

// systemd's sockets take the place of `bind`: it has chosen the addresses.
Result<Sockets> open_sockets(const Settings& settings, const Environment& environment, const Sockets& known,
                             std::size_t threads) {
    auto sockets = inherited_sockets(environment);
    if (!sockets) return sockets;
    sockets->are_systemds = !sockets->clients.empty();
    if (!sockets->are_systemds) {
        // Before they are opened, as the second would be told that another program has its address.
        const std::string admin_bind = sockets->admin.empty() ? settings.admin_bind : std::string();
        if (auto problem = problem_with_addresses(settings.bind, admin_bind); !problem.empty())
            return Error(errors::configuration, std::move(problem));
        for (const std::string& text : settings.bind) {
            auto opened = take_or_open("bind", text, known.clients, threads, settings);
            if (!opened) return std::move(opened).error();
            sockets->clients.push_back(*std::move(opened));
        }
    }
    if (sockets->clients.empty()) return Error(errors::configuration, "bind is empty: nobody could reach the server");
    // systemd may hand over sockets for clients and leave that of administrators to the settings.
    if (sockets->admin.empty() && !settings.admin_bind.empty()) {
        auto opened = take_or_open("admin_bind", settings.admin_bind, std::array{known.admin}, 1, settings);
        if (!opened) return std::move(opened).error();
        sockets->admin = *std::move(opened);
    }
    return sockets;
}

std::string sentence_about_bind(const Settings& settings, const Sockets& sockets) {
    if (!sockets.are_systemds) return {};
    std::string unused;
    for (const std::string& text : settings.bind) {
        const auto address = parse_bind("bind", text);
        const bool is_served = address && std::ranges::any_of(sockets.clients, [&](const auto& of_address) {
                                   return are_of(of_address, *address);
                               });
        if (!is_served) unused += (unused.empty() ? "" : ",") + text;
    }
    if (unused.empty()) return {};
    return "bind = " + unused +
           " is not looked at: systemd opened the sockets. Change ListenStream= of keyhold.socket " +
           "instead (systemctl edit keyhold.socket)";
}

std::vector<http::Address> addresses_of(const Sockets& sockets) {
    std::vector<http::Address> addresses;
    for (const auto& of_address : sockets.clients) addresses.push_back(of_address.front()->address());
    return addresses;
}

std::string shown(const Sockets& sockets, std::string_view scheme) {
    std::string text;
    for (const auto& of_address : sockets.clients)
        text += (text.empty() ? "" : " and ") + url_of(of_address.front()->address(), scheme);
    return text;
}

std::string shown_admin(const Sockets& sockets, std::string_view scheme) {
    return sockets.admin.empty() ? "nowhere" : url_of(sockets.admin.front()->address(), scheme);
}

}  // namespace keyhold::server
