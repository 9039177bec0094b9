// SPDX-License-Identifier: Apache-2.0
// What the command line, tests and Server::open() take out of a keyhold::Server: its routes, services and hooks.
#pragma once

#include "keyhold/server.hpp"
#include "server/server.hpp"

namespace keyhold {

// A friend of keyhold::Server, so that its header needs to tell programs nothing of the server inside.
struct Program {
    // `program` must outlive the server that is opened with them.
    static void add_to(const Server& program, server::Options& options);
    static store::ProgramSchema own_schema(const Server& program);
    // Ours, and those of its own sections.
    static server::SettingsTablePtr settings_table(const Server& program);
    static const std::vector<Command>& commands(const Server& program) { return program.commands_; }
    // From now on the program is open, until close(): users() and sessions() are there.
    static void opened(Server& program, std::shared_ptr<server::Log> log, std::unique_ptr<server::Server> server);
    // The same for one that belongs to somebody else, until null is said.
    static void serves(Server& program, server::Server* server) { program.serving_ = server; }
    static server::Server& server_of(Server& program);
    static void close(Server& program);
};

}  // namespace keyhold
