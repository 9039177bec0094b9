// SPDX-License-Identifier: Apache-2.0
// Your own routes with cpp-httplib, behind an issuer's tokens: guard_httplib ISSUER PORT
#include <cstdlib>
#include <iostream>
#include <string>

#include <keyhold/httplib.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: guard_httplib ISSUER PORT\n", 2;
    const auto guard = keyhold::Guard::from_issuer(argv[1]);
    httplib::Server server;
    server.Get("/hello", keyhold::protect(guard, {}, [](const keyhold::Caller& who, const auto&, auto& response) {
                   response.set_content("Hello " + std::string(who.subject()) + "\n", "text/plain");
               }));
    server.Get("/notes",
               keyhold::protect(guard, keyhold::scope("notes:read"), [](const auto&, const auto&, auto& response) {
                   response.set_content("Milk, eggs\n", "text/plain");
               }));
    std::cout << "http://127.0.0.1:" << argv[2] << "/hello" << std::endl;
    return server.listen("127.0.0.1", std::atoi(argv[2])) ? 0 : 1;
}
