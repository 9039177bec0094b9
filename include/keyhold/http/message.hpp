// SPDX-License-Identifier: Apache-2.0
// What a handler sees of HTTP (RFC 9110): a request of views, a response to fill in.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyhold::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

std::string_view name_of(Method method);
Method method_from(std::string_view name);  // methods are case-sensitive (RFC 9110 §9.1)

// Which pieces of a path stand for the {names} of its route, in their order; set by the router. Positions within the
// path and not views, so that they hold when the request is moved to another buffer.
struct PathParameters {
    static constexpr std::size_t most = 8;
    struct Piece {
        std::uint16_t begin = 0;  // a target is at most 8 KiB
        std::uint16_t size = 0;
    };
    std::array<Piece, most> pieces{};
    std::span<const std::string> names;  // the route's, which outlives the request
};

struct Field {
    std::string_view name;
    std::string_view value;
};

// Whether two field names, schemes or tokens are the same but for ASCII case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// One request. The views point into the connection's buffer and live until its response was made.
struct Request {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view path;   // as sent, without the query; never empty
    std::string_view query;  // without the '?'
    std::span<const Field> fields;
    std::string_view body;
    std::string_view request_id;      // the client's X-Request-Id if it is a sane one, or ours
    std::string_view remote_address;  // the client's, also behind a proxy of ours (trusted_proxies.hpp)
    PathParameters path_parameters;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool by_proxy = false;  // a proxy of ours sent it: what it says of its client is so

    // What stands for {name} in the path, as it was sent; empty if the route has no such name.
    std::string_view parameter(std::string_view name) const;

    // The value of the first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

// One response. Reused for the next request of the thread: clear() keeps the memory.
class Response {
public:
    int status = 200;
    std::string_view media_type;  // static text; empty: no Content-Type
    std::string body;
    std::string_view static_body;  // instead of body: bytes that live as long as the program

    // Appends a field. Throws std::invalid_argument if it holds CR, LF or NUL (response splitting).
    void add_field(std::string_view name, std::string_view value);
    std::string_view fields() const { return fields_; }
    bool close = false;  // end the connection after this response

    std::size_t content_length() const { return static_body.empty() ? body.size() : static_body.size(); }
    void clear();

private:
    std::string fields_;  // "Name: value\r\n" each
};

}  // namespace keyhold::http
