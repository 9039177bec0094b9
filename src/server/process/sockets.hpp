// SPDX-License-Identifier: Apache-2.0
// The sockets that a server listens at: opened as the settings say, or inherited from systemd.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "http/connection/listening_socket.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// Shared with a predecessor or a successor where there is one; each closes its own copies.
struct Sockets {
    std::vector<http::ListeningSockets> clients;  // by address
    http::ListeningSockets admin;                 // may be empty
    bool are_systemds = false;                    // those for clients: `bind` was not looked at
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// What systemd hands over (sd_listen_fds(3)); the one that FileDescriptorName= calls "admin" is for administrators.
// Nothing if LISTEN_PID is not ours. Refused: configuration, for what is no listening socket, or names that do not fit.
Result<Sockets> inherited_sockets(const Environment& environment);

// Those; where there are none, what the settings name, `bind` for clients and `admin_bind` for administrators: out of
// `known` if it is there, or opened. `threads` is how many accept. Refused: configuration.
Result<Sockets> open_sockets(const Settings& settings, const Environment& environment, const Sockets& known,
                             std::size_t threads);

// What is said where systemd's sockets take the place of `bind`, and it names other addresses: whoever has set it waits
// for clients there. Empty if all is well.
std::string sentence_about_bind(const Settings& settings, const Sockets& sockets);

// "https://127.0.0.1:8000 and unix:/run/keyhold.sock", and where administrators are answered: "nowhere", maybe.
// Where clients connect.
std::vector<http::Address> addresses_of(const Sockets& sockets);

std::string shown(const Sockets& sockets, std::string_view scheme);
std::string shown_admin(const Sockets& sockets, std::string_view scheme);

}  // namespace keyhold::server
