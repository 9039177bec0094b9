// SPDX-License-Identifier: Apache-2.0
// Your own routes with Boost.Beast, behind an issuer's tokens: guard_beast ISSUER PORT
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <keyhold/beast.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

namespace {

Response hello(const keyhold::Guard& guard, const Request& request) {
    const auto caller = keyhold::check(guard, request);
    if (!caller) return keyhold::refusal(request, caller.problem());
    Response response(http::status::ok, request.version());
    response.set(http::field::content_type, "text/plain");
    response.keep_alive(request.keep_alive());
    response.body() = "Hello " + std::string(caller->subject()) + "\n";
    response.prepare_payload();
    return response;
}

// A thread for each connection keeps the example short.
void serve(tcp::socket socket, const keyhold::Guard& guard) {
    beast::flat_buffer buffer;
    for (beast::error_code error;;) {
        Request request;
        http::read(socket, buffer, request, error);
        if (error) return;
        const Response response = hello(guard, request);
        http::write(socket, response, error);
        if (error || !response.keep_alive()) return;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: guard_beast ISSUER PORT\n", 2;
    const auto guard = keyhold::Guard::from_issuer(argv[1]);
    asio::io_context context;
    tcp::acceptor acceptor(context,
                           {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(argv[2]))});
    std::cout << "http://127.0.0.1:" << argv[2] << "/" << std::endl;
    for (;;) std::thread(serve, acceptor.accept(), guard).detach();
}
