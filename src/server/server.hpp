// SPDX-License-Identifier: Apache-2.0
// The whole server as one object: it is opened, started, told to reload, drained and stopped by whoever owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/route.hpp"
#include "http/routes/dispatcher.hpp"
#include "keyhold/metrics.hpp"
#include "server/components.hpp"
#include "server/observe/log.hpp"
#include "server/process/sockets.hpp"
#include "server/settings/settings.hpp"
#include "server/signing_keys.hpp"
#include "store/schema/program_schema.hpp"

namespace keyhold {
class Database;
}

namespace keyhold::server {

class Predecessor;
struct Listening;

class Server;

// What a server is given. What it refers to must outlive the server.
struct Options {
    Mode mode = Mode::serve;
    Loaded loaded;            // the settings and where they come from: load_settings()
    Environment environment;  // where inherited sockets are named (sd_listen_fds(3))
    // Called on a thread of the server when another process serves at its sockets: it is to be stopped. May be empty.
    std::function<void()> succeeded;
    std::string title = "Keyhold";    // of /docs
    std::string program = "keyhold";  // whose commands the pages show (base/command_names.hpp)
    std::string version;              // empty: Keyhold's
    // Adds services and routes beside ours. What it throws, open() throws. May be empty.
    std::function<void(http::Services&, http::Mount&)> add_own;
    std::shared_ptr<const Hooks> hooks = {};         // null: nobody is asked
    std::shared_ptr<const OwnMetrics> metrics = {};  // what the program counts; null: nothing
    store::ProgramSchema own_schema = {};            // the program's own tables
    // What may be made where it is missing: commands of a program make nothing.
    store::Make make = store::Make::what_is_missing;
    // What time it is; null: what the database says. Tests turn it.
    const Clock* clock = nullptr;
    // Lives as long as the last handler, which may run longer than the server: the log, where that is no program's.
    std::shared_ptr<const void> kept = {};
    // Told of the server once, when open() has made it. May be empty.
    std::function<void(Server&)> opened = {};
};

// It has no globals, installs no signal handlers, never exits and writes to nothing but the log that it was given, so
// any number of them can stand in one process, each with a database of its own. Its threads take no signals. What is
// for the whole process (signals, core dumps, exit codes) is the program's: cli/server.cpp and
// server/process/lifecycle.hpp. Not thread-safe: one thread calls these functions.
class Server {
public:
    // Opens the database, makes keys where there are none, and builds everything that answers; nobody is listened to
    // yet. Refused: configuration, store_unavailable's kin as the settings, the keys and the database have it. Throws
    // Unavailable, and std::logic_error for own routes that cannot be.
    static Result<std::unique_ptr<Server>> open(Options options, Log& log);
    ~Server();  // stops

    // Listens, serves and looks after what is due; returns at once. After stop() it may be started again. Refused:
    // configuration, for addresses that cannot be listened at, and what only an address makes unsafe.
    Result<> start();
    // The same at sockets that were opened before the server was (server/listening.hpp).
    Result<> start(Listening listening);

    // The end comes near: /readyz says so, and every answer ends its connection. New ones are still accepted.
    void drain();
    // No new connections; what is in flight has drain_timeout to be finished.
    void begin_stop();
    bool finished() const;  // all that is in flight was answered, or had its time
    bool is_busy() const;   // threads still work, perhaps on what was answered without them
    // begin_stop(), and returns when everything is finished, or has had its time: a thread that is in a handler still
    // is left alone, with all that it was given, until the handler returns. What was never started is stopped already.
    void stop();

    // Other settings, as far as they can change while others run: all of that, or nothing. Refused: configuration. The
    // log says what waits for a restart.
    Result<> reload(const Loaded& fresh);

    // "https://127.0.0.1:8000 and unix:/run/keyhold.sock" from start() on, and where administrators are answered:
    // "nowhere", maybe.
    std::string where() const;
    std::string where_admin() const;

    const Settings& settings() const;
    Components& components();
    Database& own_database();
    const SigningKeys& keys() const;
    domain::Tokens& tokens();
    // Router and handlers without a socket.
    const http::Dispatcher& dispatcher() const;

private:
    struct Parts;    // what answers
    struct Serving;  // what listens, from start() to stop()
    explicit Server(std::shared_ptr<Parts> parts);
    Result<> serve(std::optional<Predecessor> predecessor, Sockets sockets);
    std::shared_ptr<Parts> parts_;  // also of handlers that did not end when they should have
    std::unique_ptr<Serving> serving_;
};

}  // namespace keyhold::server
