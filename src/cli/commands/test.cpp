// SPDX-License-Identifier: Apache-2.0
// keyhold test: the real server as a test double, with an empty database in memory and routes to turn its clock.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "server/library/test_double.hpp"
#include "server/library/testing.hpp"
#include "server/observe/log.hpp"
#include "server/process/lifecycle.hpp"
#include "server/process/signals.hpp"
#include "server/process/sockets.hpp"
#include "server/settings/issuer.hpp"

namespace keyhold::cli {
namespace {

using server::Lifecycle;
using server::Log;
using server::Signals;
using server::TestDouble;

// What would lead to a real database or to real keys.
constexpr std::array<std::string_view, 5> never{"database_url", "state_dir", "key_file", "secret_key_file",
                                                "handover_socket"};

// Which of them was given, and where; empty if none was. The environment of a test often has the DATABASE_URL of the
// program that is tested.
std::string real_thing(const Sources& sources) {
    for (const auto& [name, text] : sources.flags) {
        if (std::ranges::find(never, name) == never.end()) continue;
        std::string flag = "--" + name;
        std::ranges::replace(flag, '_', '-');  // as it is typed
        return flag;
    }
    for (const auto& [variable, text] : sources.environment)
        if (std::ranges::find(never, sources.table->setting_of_variable(variable)) != never.end()) return variable;
    return sources.config_file.empty() ? std::string() : "--config";
}

// A port that is free now. Another process may take it until we listen; then start() says so.
std::uint16_t free_port() {
    const Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(probe.get(), generic, size) != 0 || ::getsockname(probe.get(), generic, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "no port is free");
    return ntohs(address.sin_port);
}

// The address is known before the server is opened, as its tokens name it.
Result<Loaded> settings_of(const server::TestFolder& folder, const Sources& sources) {
    std::map<std::string, std::string> wanted = sources.flags;
    if (!wanted.contains("bind")) wanted["bind"] = "127.0.0.1:" + std::to_string(free_port());
    if (!wanted.contains("issuer")) wanted["issuer"] = "";
    // A program's own secrets come no other way than in the environment, and lead to nothing of ours.
    for (const auto& [variable, text] : sources.environment) {
        const server::Setting* const setting = sources.table->find(sources.table->setting_of_variable(variable));
        if (setting != nullptr && sources.table->is_own(*setting)) wanted.emplace(setting->name, text);
    }
    return server::test_settings(folder, wanted, sources.table);
}

// One line of JSON with the address and the process, for the program that started us.
void say_where(std::ostream& out, const server::Server& serving) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("url", serving.where());
    writer.member("issuer", server::issuer_of(serving.settings()));
    writer.member("pid", std::int64_t{::getpid()});
    writer.end_object();
    // Flushed, because the test that started this process waits for the line.
    out << line << std::endl;
}

// Runs until it is stopped by a signal; the folder with the database is removed with it.
Result<> serve(Context& context) {
    // Before any thread begins: they inherit its mask of signals.
    const Signals signals;
    const server::TestFolder folder;
    auto loaded = settings_of(folder, context.sources);
    if (!loaded) return std::move(loaded).error();
    Log log(server::LogFormat::text);
    TestDouble test(folder.path() / "test.db");
    server::Options options{.mode = Mode::dev, .loaded = std::move(loaded).value(), .clock = &test.clock};
    if (context.prepare) context.prepare(options, log);
    options.add_own = [&test, own = std::move(options.add_own)](http::Services& services, http::Mount& mount) {
        if (own) own(services, mount);
        services.provide(test);
        server::add_test_routes(mount);
    };
    auto opened = server::Server::open(std::move(options), log);
    if (!opened) return std::move(opened).error();
    server::Server& serving = **opened;
    // The routes of `test` reach the server by it, so it is set before the first request can come.
    test.server = &serving;
    server::remember_own_rows(test);
    if (auto started = serving.start(); !started) return started;
    say_where(context.out, serving);
    // No delay before the end: nobody balances load to a test's server.
    Lifecycle lifecycle{signals, serving, log, std::chrono::seconds(0), [] {}};
    lifecycle.run();
    return {};
}

void run(Context& context, const Values&) {
    if (const std::string named = real_thing(context.sources); !named.empty())
        return context.fail(Error(errors::configuration,
                                  named + " names something real, and `test` works in memory alone: take it away"));
    if (auto served = serve(context); !served) context.fail(served.error());
}

}  // namespace

Command test_command() {
    return {.name = "test",
            .about =
                "A server for tests of other programs: in memory, at a free port, which it prints as JSON\n"
                "POST /test/clock turns its clock, /test/tokens mints any token, /test/faults breaks something, "
                "/test/reset begins anew: docs/testing.md.",
            .example = "keyhold test",
            .reads = {server::Topic::server, server::Topic::keys, server::Topic::sessions, server::Topic::passwords},
            .run = run};
}

}  // namespace keyhold::cli
