// SPDX-License-Identifier: Apache-2.0
// The same route with cpp-httplib and keyhold::guard: own_routes_httplib PORT, with the secret in SECRET_KEY. It looks
// at the token alone: the body is read and not validated, and a log-out is not seen.
#include <cstdlib>
#include <string>

#include <keyhold/httplib.hpp>

int main(int argc, char** argv) {
    const char* const secret = std::getenv("SECRET_KEY");
    if (argc != 2 || secret == nullptr) return 2;
    constexpr std::size_t connections = 64;  // each has a thread of its own there
    const auto guard = keyhold::Guard::from_secret(secret);
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool(connections); };
    server.set_keep_alive_max_count(static_cast<std::size_t>(-1));
    server.set_tcp_nodelay(true);
    server.Post("/orders", keyhold::protect(guard, {}, [](const keyhold::Caller& who, const auto&, auto& response) {
                    const std::string name(who.claim("preferred_username").value_or(who.subject()));
                    response.set_content("{\"message\":\"Welcome " + name + "\"}", "application/json");
                }));
    return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
