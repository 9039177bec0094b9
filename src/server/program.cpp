// SPDX-License-Identifier: Apache-2.0
// The public face of Keyhold as a library (include/keyhold/server.hpp): a program has it make a server, adds routes and
// settings of its own, and asks for users and sessions.
#include "server/program.hpp"

#include <stdexcept>
#include <utility>

#include "domain/passwords/log_in.hpp"
#include "server/library/static_files.hpp"
#include "server/settings/safety.hpp"

namespace keyhold {
namespace {

Account account_of(const domain::Account& account) {
    return {account.id, account.username, account.disabled, account.created_at};
}

}  // namespace

// What there is between open() and close(): the log outlives the server, which writes to it until its end.
struct Server::Opened {
    std::shared_ptr<server::Log> log;
    std::unique_ptr<server::Server> server;

    Opened(std::shared_ptr<server::Log> the_log, std::unique_ptr<server::Server> the_server)
        : log(std::move(the_log)), server(std::move(the_server)) {}
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    // A handler that did not end may have something to say, and whoever took it is gone then.
    ~Opened() {
        server.reset();
        log->mute();
    }
};

void Program::add_to(const Server& program, server::Options& options) {
    for (const OwnSection& section : program.sections_)
        // The program gets its section's values, shared, so that a handler that outlives the server can still read
        // them.
        section.take(options.loaded.settings.sections.shared(section.type));
    options.title = program.name_;
    options.version = program.version_;
    // A handler that did not end may outlive the program: whatever it comes by is the server's too.
    options.hooks = program.hooks_;
    options.metrics = program.metrics_;
    options.own_schema = own_schema(program);
    options.add_own = [own_services = program.services_, routes = program.routes_](http::Services& services,
                                                                                   http::Mount& mount) {
        for (const auto& provide : own_services) provide(services);
        for (const auto& add : routes) add(mount);
    };
}

// The shared table of our own, if the program adds nothing.
server::SettingsTablePtr Program::settings_table(const Server& program) {
    if (program.sections_.empty()) return server::our_settings();
    return std::make_shared<server::SettingsTable>(program.sections_);
}

store::ProgramSchema Program::own_schema(const Server& program) { return {program.name_, program.migrations_}; }

// A hook that is only told of something cannot undo it, so what it throws is logged.
void Program::opened(Server& program, std::shared_ptr<server::Log> log, std::unique_ptr<server::Server> server) {
    program.hooks_->on_failure([log](std::string_view what) {
        log->say(server::Level::error, std::string("a hook has thrown: ").append(what));
    });
    program.opened_ = std::make_unique<Server::Opened>(std::move(log), std::move(server));
}

// A server that is opened by the command line belongs to that, and is only known here while it serves.
server::Server& Program::server_of(Server& program) {
    if (program.opened_) return *program.opened_->server;
    if (program.serving_ == nullptr) throw std::logic_error("the server is not open: call open() before");
    return *program.serving_;
}

void Program::close(Server& program) { program.opened_.reset(); }

Server::Server(std::string name, std::string version)
    : name_(std::move(name)),
      version_(std::move(version)),
      hooks_(std::make_shared<Hooks>()),
      metrics_(std::make_shared<OwnMetrics>()) {}
Server::~Server() = default;

namespace {

Result<server::Loaded> load(const OpenOptions& options, server::SettingsTablePtr table) {
    return server::load_settings(options.mode, {.flags = options.settings,
                                                // A library reads no environment of the program around it;
                                                // what is to count is passed in.
                                                .environment = {},
                                                .config_file = options.config_file,
                                                .default_file = {},
                                                .table = std::move(table)});
}

}  // namespace

Result<> Server::open(const OpenOptions& options) {
    if (opened_) throw std::logic_error("the server is open already");
    auto loaded = load(options, Program::settings_table(*this));
    if (!loaded) return std::move(loaded).error();
    if (options.mode == Mode::serve)
        if (auto problems = server::unsafe_settings(*loaded); !problems.empty())
            return Error(errors::configuration, std::move(problems.front()));
    const std::string& wanted = loaded->settings.log_format;
    // Whether standard error is a terminal says nothing of where the program writes its log.
    auto format = server::parse_log_format(wanted == "auto" ? "json" : wanted);
    if (!format) return std::move(format).error();
    const auto nobody = [](std::string_view) {};
    const auto log = std::make_shared<server::Log>(*format, options.log ? options.log : nobody);
    server::Options all{.mode = options.mode, .loaded = std::move(loaded).value(), .kept = log};
    Program::add_to(*this, all);
    auto opened = server::Server::open(std::move(all), *log);
    if (!opened) return std::move(opened).error();
    Program::opened(*this, log, std::move(opened).value());
    return {};
}

// Routes, settings and hooks are looked at once, when the server is opened.
void Server::ask_whether_it_is_open(std::string_view call) const {
    if (opened_)
        throw std::logic_error(std::string(call) +
                               " comes too late: the server is open already, so that nobody would look at it");
}

void Server::add_section(OwnSection section) {
    sections_.push_back(std::move(section));
    try {
        Program::settings_table(*this);
        // A section that cannot be is taken out again, so that the error names this call and no later one.
    } catch (const std::logic_error&) {
        sections_.pop_back();
        throw;
    }
}

Result<> Server::start() { return Program::server_of(*this).start(); }
Result<> Server::reload(const OpenOptions& options) {
    server::Server& server = Program::server_of(*this);
    const auto loaded = load(options, Program::settings_table(*this));
    return loaded ? server.reload(*loaded) : Result<>(loaded.error());
}
void Server::drain() { Program::server_of(*this).drain(); }
void Server::stop() {
    if (opened_) opened_->server->stop();
}
std::string Server::where() const { return opened_ ? opened_->server->where() : "nowhere"; }
Users Server::users() { return Users(Program::server_of(*this)); }
Database& Server::database() { return Program::server_of(*this).own_database(); }
Sessions Server::sessions() { return Sessions(Program::server_of(*this)); }

Result<Account> Users::create(std::string_view username, std::string_view password) {
    const auto made = server_.components().accounts.create(username, Secret(password));
    if (!made) return made.error();
    return account_of(*made);
}

std::optional<Account> Users::find(std::string_view username) {
    const auto found = server_.components().accounts.find(username);
    return found ? std::optional(account_of(*found)) : std::nullopt;
}

std::optional<Account> Users::find_by_id(std::string_view id) {
    const auto found = server_.components().accounts.find_by_id(id);
    return found ? std::optional(account_of(*found)) : std::nullopt;
}

Result<> Users::set_password(std::string_view username, std::string_view password) {
    return server_.components().accounts.set_password(username, Secret(password));
}

Result<> Users::set_disabled(std::string_view username, bool disabled) {
    return server_.components().accounts.set_disabled(username, disabled);
}

Result<> Users::remove(std::string_view username) { return server_.components().accounts.remove(username); }

Result<> Users::add_role(std::string_view role, const std::vector<std::string>& scopes) {
    const auto made = server_.components().roles.add(role, scopes, domain::Roles::whoever_runs_the_server);
    return made ? Result<>() : Result<>(made.error());
}

Result<> Users::grant(std::string_view username, std::string_view role) {
    auto& components = server_.components();
    const auto found = components.accounts.find(username);
    if (!found) return found.error();
    return components.roles.grant(found->id, role, domain::Roles::whoever_runs_the_server);
}

Result<> Users::revoke(std::string_view username, std::string_view role) {
    auto& components = server_.components();
    const auto found = components.accounts.find(username);
    if (!found) return found.error();
    return components.roles.revoke(found->id, role);
}

Server& Server::files(std::string prefix, std::string folder) {
    ask_whether_it_is_open("files()");
    while (prefix.ends_with('/')) prefix.pop_back();  // "/" is all that nobody else answers
    routes_.emplace_back([prefix = std::move(prefix), folder = std::move(folder)](http::Mount& mount) {
        server::add_static_files(mount, prefix, folder);
    });
    return *this;
}

namespace {

SignedInTokens tokens_of(domain::LoggedIn&& logged_in) {
    return {std::move(logged_in.access.access_token), logged_in.access.expires_in,
            std::string(logged_in.refresh_token.reveal()), logged_in.left,
            std::string(logged_in.device_token.reveal())};
}

}  // namespace

// The same as POST /login does: throttling, hashing and the events are in domain::log_in. Blocks while it hashes, so
// not for an I/O thread.
Result<SignedInTokens> Sessions::sign_in(std::string_view username, std::string_view password, const SignInFrom& from) {
    server::Components& all = server_.components();
    const Secret secret(password);
    auto logged_in = domain::log_in({username, secret, from.device_token, {from.device, from.address}}, all.accounts,
                                    all.throttle, all.sessions, server_.tokens());
    if (!logged_in) return std::move(logged_in).error();
    return tokens_of(std::move(logged_in).value());
}

Result<SignedInTokens> Sessions::refresh(std::string_view refresh_token) {
    auto carried_on = domain::carry_on(refresh_token, server_.components().sessions, server_.tokens());
    if (!carried_on) return std::move(carried_on).error();
    return tokens_of(std::move(carried_on).value());
}

bool Sessions::end(std::string_view session_id) {
    return server_.components().sessions.end(session_id, domain::revoked).ok();
}

void Sessions::end_all(std::string_view account_id) {
    server_.components().sessions.end_all({account_id}, domain::revoked);
}

}  // namespace keyhold
