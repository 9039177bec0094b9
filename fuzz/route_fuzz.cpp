// SPDX-License-Identifier: Apache-2.0
// Whatever path is asked for, with whatever method: the look-up finds a route or makes an answer and throws nothing,
// and where it sends a client on, that is the same path on this host.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_target.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

using namespace keyhold::http;

namespace {

Routes make_routes() {
    Routes routes;
    for (const auto& [method, path] : {std::pair{Method::get, "/"},
                                       {Method::post, "/login"},
                                       {Method::get, "/sessions"},
                                       {Method::delete_, "/sessions/{id}"},
                                       {Method::get, "/{id}"},
                                       {Method::get, "/docs/a.js"}}) {
        Route route;
        route.operation.method = method;
        route.operation.path = path;
        routes.add(std::move(route));
    }
    return routes;
}

std::string_view value_of(std::string_view fields, std::string_view name) {
    const std::size_t at = fields.find(name);
    if (at == fields.npos) return {};
    fields.remove_prefix(at + name.size());
    return fields.substr(0, fields.find("\r\n"));
}

// RFC 3986 §4.2: a path on this host, in the letters that a URI has; browsers take a backslash for a slash.
bool is_path_of_ours(std::string_view location) {
    for (const char c : location)
        if (c <= ' ' || c >= '\x7f' || c == '#') return false;
    return location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\");
}

}  // namespace

// The input: a method, the value of Origin and a target, one in a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Routes routes = make_routes();
    static const Cors cors({"https://app.example", "http://localhost:*"});
    static const Dispatcher dispatcher(routes, cors, [](std::string_view, std::string_view) { std::abort(); });
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t first = std::min(input.find('\n'), size), second = std::min(input.find('\n', first + 1), size);
    const std::string_view method = input.substr(0, first);
    const std::string_view origin = first < size ? input.substr(first + 1, second - first - 1) : std::string_view();
    const auto target = parse_target(method, second < size ? input.substr(second + 1) : std::string_view());
    if (!target || origin.find_first_of(std::string_view("\r\n\0", 3)) != origin.npos) return 0;
    const Field fields[] = {{"Host", "auth.example"},
                            {"Origin", origin},
                            {"Access-Control-Request-Method", "POST"},
                            {"Access-Control-Request-Headers", target->query}};
    Request request;
    request.method = method_from(method);
    request.method_text = method;
    request.path = target->path;
    request.query = target->query;
    request.fields = fields;
    Response response;
    if (dispatcher.find(request, response) == nullptr) {
        if (response.status == 500) std::abort();
        if (response.status == 307) {
            const std::string_view location = value_of(response.fields(), "Location: ");
            const std::string whole =
                std::string(request.path) + (request.query.empty() ? "" : "?") + std::string(request.query);
            // 307 leads to the same address without the slash at its end, which is one character shorter.
            if (!is_path_of_ours(location) || location.size() + 1 != whole.size()) std::abort();
        }
    }
    dispatcher.finish(request, response);
    return 0;
}
