// SPDX-License-Identifier: Apache-2.0
// Keyhold with routes of your own: what the tutorial's main.py is, in C++.
//
//   keyhold::Server server("notes", "1.0.0");
//   server.provide(notes);
//   server.get("/notes/{id}", [](const keyhold::User& who, const keyhold::Path<"id">& id, Notes& notes) { ... });
//   return server.run(argc, argv);      // ./notes dev | serve | user add ... : all that `keyhold` does
//
// A handler's parameters are its guard, its validation and its entry in /docs: User, std::optional<User>, Path, Query,
// Header, Cookie, a struct with KEYHOLD_FIELDS (the body), Request, and services, by reference. It returns a described
// struct, Created, NoContent, Html, Redirect, File, std::string or a list, alone or in a Result. docs/library.md tells
// it all. No header of another library is included here.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyhold/base/result.hpp"
#include "keyhold/command.hpp"
#include "keyhold/database.hpp"
#include "keyhold/fields.hpp"
#include "keyhold/hooks.hpp"
#include "keyhold/http/route.hpp"
#include "keyhold/metrics.hpp"
#include "keyhold/mode.hpp"
#include "keyhold/settings.hpp"
#include "keyhold/user.hpp"

namespace keyhold {

using http::Cookie;
using http::Created;
using http::File;
using http::Header;
using http::Html;
using http::InTimeSteps;
using http::NoContent;
using http::On;
using http::Page;
using http::Path;
using http::Query;
using http::Redirect;
using http::Request;
using http::WithCookies;

// What a route says of itself besides its handler.
struct RouteOptions {
    std::string summary = {};
    std::string tag = {};  // the heading in /docs; empty: the program's name
    // A thread that may wait, as FastAPI runs `def`; On::io for what never waits and is done in microseconds.
    On on = On::pool;
    bool no_store = false;   // nobody may keep the answer
    bool documented = true;  // stands in /openapi.json
    std::vector<Errc> refusals = {};
    std::string description = {};
};

// What a server that is no program is opened with.
struct OpenOptions {
    Mode mode = Mode::serve;
    std::map<std::string, std::string> settings = {};  // by name: docs/configuration.md
    std::string config_file = {};                      // empty: none is read
    // Takes each line of the log, on any thread but one at a time; must not throw. Empty: there is none.
    std::function<void(std::string_view line)> log = {};
};

struct Account {
    std::string id;  // a UUID: it stays the same, whatever the account is called
    std::string username;
    bool disabled = false;
    std::chrono::sys_seconds created_at;
};

// What whoever signed in gets: POST /login answers the same.
struct SignedInTokens {
    std::string access_token;
    std::chrono::seconds expires_in;
    std::string refresh_token;  // good once
    std::chrono::seconds refresh_expires_in;
    std::string device_token;  // for the next time from that device; empty after a refresh
};

// Where somebody signs in from.
struct SignInFrom {
    std::string_view address = {};       // IP; empty: nobody knows
    std::string_view device = {};        // what it calls itself, as a User-Agent does
    std::string_view device_token = {};  // of an earlier time
};

namespace server {
class Server;
}

// The accounts of an open server. Any thread; those that hash take a quarter of a second.
class Users {
public:
    explicit Users(server::Server& server) : server_(server) {}
    // Hashes; the hooks are asked. Refused: validation_failed, username_taken, refused_by_hook.
    Result<Account> create(std::string_view username, std::string_view password);
    // `username`, here and below, may be the e-mail address.
    std::optional<Account> find(std::string_view username);
    std::optional<Account> find_by_id(std::string_view id);
    // Each ends all sessions of the account, but not enabling it. Refused: account_not_found. set_password hashes.
    Result<> set_password(std::string_view username, std::string_view password);
    Result<> set_disabled(std::string_view username, bool disabled);
    Result<> remove(std::string_view username);

    // What accounts may do (docs/roles.md): a role is made, or grants these scopes too; accounts get it and lose it,
    // and each change counts at the next request. Refused: account_not_found, role_not_found; validation_failed for
    // what is no role and no scope; rights_too_large.
    Result<> add_role(std::string_view role, const std::vector<std::string>& scopes);
    Result<> grant(std::string_view username, std::string_view role);
    Result<> revoke(std::string_view username, std::string_view role);

private:
    server::Server& server_;
};

// The sessions of an open server. Any thread.
class Sessions {
public:
    explicit Sessions(server::Server& server) : server_(server) {}
    // Hashes; the hooks are asked, and guesses are counted as at /login. Refused: invalid_credentials, the same for an
    // unknown name; too_many_attempts, refused_by_hook.
    Result<SignedInTokens> sign_in(std::string_view username, std::string_view password, const SignInFrom& from = {});
    // The successor of a refresh token. Refused: refresh_token_invalid, refused_by_hook.
    Result<SignedInTokens> refresh(std::string_view refresh_token);
    // Its tokens are refused when this returns. False if it was over already.
    bool end(std::string_view session_id);
    void end_all(std::string_view account_id);

private:
    server::Server& server_;
};

// One thread at a time, but what users() and sessions() give. Any number of them in one process: an open server has no
// globals, installs no signal handlers, never exits and writes to nothing but the log that it was given.
class Server {
public:
    explicit Server(std::string name = "Keyhold", std::string version = {});
    ~Server();  // stops
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // What is added "before it is opened", here and below, throws std::logic_error afterwards: nobody would look at it.

    // Before it is opened. `service` outlives the server; handlers that take a T& get it, from several threads.
    template <class T>
    Server& provide(T& service) {
        ask_whether_it_is_open("provide()");
        services_.emplace_back([&service](http::Services& services) { services.provide(service); });
        return *this;
    }

    // Before it is opened. `handler` is a function or an object with one operator(), called from several threads.
    template <class H>
    Server& get(std::string path, H handler, RouteOptions about = {}) {
        return route(http::Method::get, std::move(path), std::move(handler), std::move(about));
    }
    template <class H>
    Server& post(std::string path, H handler, RouteOptions about = {}) {
        return route(http::Method::post, std::move(path), std::move(handler), std::move(about));
    }
    template <class H>
    Server& put(std::string path, H handler, RouteOptions about = {}) {
        return route(http::Method::put, std::move(path), std::move(handler), std::move(about));
    }
    template <class H>
    Server& patch(std::string path, H handler, RouteOptions about = {}) {
        return route(http::Method::patch, std::move(path), std::move(handler), std::move(about));
    }
    template <class H>
    Server& delete_(std::string path, H handler, RouteOptions about = {}) {
        return route(http::Method::delete_, std::move(path), std::move(handler), std::move(about));
    }

    // Before it is opened. GET `prefix` ("/static") is `folder`/index.html, GET `prefix`/a/b.css what lies there. Links
    // are not followed, names that begin with a dot are not there; a file is at most 16 MiB. open() throws
    // std::system_error where there is no such folder.
    Server& files(std::string prefix, std::string folder);

    // Before run(): command.hpp. Throws std::logic_error for a name that a command of Keyhold's has, or that is no
    // word.
    Server& command(Command one);

    // Before it is opened. An SQL statement that makes, or changes, tables of the program's own: open(), `db create`
    // and `db migrate` run those that this database has not seen from a program of this name, each once, in their
    // order, after Keyhold's own. One that was released never changes: add another.
    Server& migration(std::string statement) {
        ask_whether_it_is_open("migration()");
        migrations_.push_back(std::move(statement));
        return *this;
    }

    // Before it is opened, and before run(): settings.hpp. [name] of keyhold.toml, whose values are there from open()
    // on; handlers take a const SettingsOf<T>&. Good as long as the server. Throws std::logic_error for a name that is
    // no word of a-z, 0-9 and '_', for a section or a setting that is there already, and for a T that is a section
    // already.
    template <class T>
    const SettingsOf<T>& settings(std::string name, std::string about = {}) {
        ask_whether_it_is_open("settings()");
        auto section = detail::make_own_section<T>(std::move(name), std::move(about));
        const auto values = std::make_shared<SettingsOf<T>>();
        section.take = [values](std::shared_ptr<const void> fresh) {
            values->values_ = std::static_pointer_cast<const T>(std::move(fresh));
        };
        add_section(std::move(section));
        services_.emplace_back([values](http::Services& services) { services.provide(std::as_const(*values)); });
        return *values;
    }

    // Before it is opened: metrics.hpp. The reference is good as long as the server, and in handlers until they return.
    Counter& counter(std::string name, std::string help) {
        ask_whether_it_is_open("counter()");
        return metrics_->counter(std::move(name), std::move(help));
    }
    Gauge& gauge(std::string name, std::string help) {
        ask_whether_it_is_open("gauge()");
        return metrics_->gauge(std::move(name), std::move(help));
    }

    // Before it is opened: hooks.hpp.
    template <class Event, class H>
    Server& on(H hook) {
        ask_whether_it_is_open("on()");
        hooks_->add<Event>(std::move(hook));
        return *this;
    }

    // The program: reads the command line and does what `keyhold` does, `dev` and `serve` with the routes and hooks.
    // Returns the exit code. Signals, standard output and the exit are its own here.
    int run(int argc, char** argv);

    // The same without a program around it: opens the database and makes keys where there are none. Refused:
    // configuration, with one line that names the fix. Throws std::logic_error for a route that cannot be (twice the
    // same, a service that is not provided), std::runtime_error for a database that does not answer.
    Result<> open(const OpenOptions& options);
    // Listens and returns at once. Refused: configuration, if it cannot, or runs already.
    Result<> start();
    // What SIGHUP is for a program of its own: reads certificates, keys and settings anew, of which cors_origins,
    // cookie_origins, clients and access_log change, all or nothing; the log says what waits for a restart. `options`
    // are those of open(), with what is different; its mode stays, and so does its log. One thread at a time, and none
    // that is in start() or stop() meanwhile. Refused: configuration, and store_unavailable for a database that does
    // not answer. Throws std::logic_error before open().
    Result<> reload(const OpenOptions& options);
    void drain();  // every answer ends its connection from now on; new ones are still accepted
    // Answers what is in flight, within drain_timeout. A handler that does not return by then keeps its thread: nobody
    // waits for it, its client has got a 503, and what Keyhold gave it (request, user, Database&, settings, counters)
    // stays until it returns, be this object there or not; so do hooks. What else it uses is the program's.
    void stop();
    // "http://127.0.0.1:8000", from start() on.
    std::string where() const;

    // Once it is open, and in handlers and hooks of a server that run() serves.
    Users users();
    Sessions sessions();
    Database& database();  // of the program's own tables: database.hpp

    const std::string& name() const { return name_; }
    const std::string& version() const { return version_; }

private:
    friend class TestServer;
    friend struct Program;
    struct Opened;
    void ask_whether_it_is_open(std::string_view call) const;  // throws std::logic_error if it is
    void add_section(OwnSection section);
    template <class H>
    Server& route(http::Method method, std::string path, H handler, RouteOptions about) {
        ask_whether_it_is_open("the route " + path);
        if (about.tag.empty()) about.tag = name_;
        routes_.emplace_back([method, path = std::move(path), handler = std::move(handler),
                              about = std::move(about)](http::Mount& mount) {
            mount.add(method, path,
                      {.summary = about.summary,
                       .tag = about.tag,
                       .on = about.on,
                       .no_store = about.no_store,
                       .documented = about.documented,
                       .refusals = about.refusals,
                       .description = about.description},
                      handler);
        });
        return *this;
    }

    const std::string name_, version_;
    std::vector<std::function<void(http::Services&)>> services_;
    std::vector<std::function<void(http::Mount&)>> routes_;
    // Also of handlers that outlive this object.
    std::shared_ptr<Hooks> hooks_;
    std::shared_ptr<OwnMetrics> metrics_;
    std::vector<Command> commands_;
    std::vector<std::string> migrations_;
    std::vector<OwnSection> sections_;
    std::unique_ptr<Opened> opened_;
    server::Server* serving_ = nullptr;  // of run()
};

}  // namespace keyhold
