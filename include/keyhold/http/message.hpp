// SPDX-License-Identifier: Apache-2.0
// What a handler sees of HTTP (RFC 9110): a request of views, a response to fill in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "keyhold/base/text.hpp"

namespace keyhold::http {

// `other`: any method that no route can have; the request is answered 405 or 404.
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

// As it was sent, but for blanks at both ends of the value (RFC 9112 §5.1).
struct Field {
    std::string_view name;
    std::string_view value;
};

// Whether two field names, schemes or tokens are the same but for ASCII case.
using keyhold::equal_ignoring_case;

// One request. The views point into the connection's buffer and live until its response was made.
// `path` and `fields` are what the parser has checked: the path is origin form or "*", a field holds no line break.
// Nothing in it is decoded.
struct Request {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view path;   // as sent, without the query; never empty
    std::string_view query;  // without the '?'
    std::span<const Field> fields;
    std::string_view body;
    std::string_view request_id;      // the client's X-Request-Id if it is a sane one, or ours
    std::string_view remote_address;  // the client's, also behind a proxy in trusted_proxies
    PathParameters path_parameters;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool by_proxy = false;  // a proxy of ours sent it: what it says of its client is so
    // A page of an origin in cookie_origins sent it (docs/pages.md): its cookies count for the JSON API and for
    // a program's own routes, as those of a page of ours do.
    bool by_listed_page = false;
    // It is about a page of ours (Mount::keep_from_other_origins()).
    bool of_our_pages = false;

    // What stands for {name} in the path, as it was sent; empty if the route has no such name.
    std::string_view parameter(std::string_view name) const;

    // The value of the first field of that name.
    // Field names are compared without case (RFC 9110 §5.1). Where two fields of one name are a risk, count() tells.
    std::optional<std::string_view> find(std::string_view name) const;
    // How many fields have that name.
    std::size_t count(std::string_view name) const;
};

// A body that is read while it is sent, piece by piece: a file that is too large to be held.
// Owned by the Response and then by the connection, which lets go of it when all is sent or the client is gone.
class BodySource {
public:
    virtual ~BodySource() = default;
    virtual std::size_t size() const = 0;  // of all of it
    virtual std::size_t left() const = 0;  // that was not read yet
    // Appends at least one byte and at most `most`, on an I/O thread. Throws if there is less than was said: the
    // connection ends, so that nobody takes a part for the whole.
    virtual void read(std::string& out, std::size_t most) = 0;
};

// One response. Reused for the next request of the thread: clear() keeps the memory.
// Nothing is sent before the handler has returned, so it may change its mind, or throw, at any time before.
class Response {
public:
    int status = 200;
    std::string_view media_type;  // static text; empty: no Content-Type
    std::string body;
    std::string_view static_body;        // instead of body: bytes that live as long as the program
    std::shared_ptr<BodySource> source;  // instead of both

    // Appends a field. Throws std::invalid_argument if it holds CR, LF or NUL (response splitting).
    void add_field(std::string_view name, std::string_view value);
    std::string_view fields() const { return fields_; }
    bool close = false;  // end the connection after this response
    // Sent only when a whole number of these has passed since the request came, so that how long the handler took shows
    // in whole steps alone. 0: at once, as also while the server stops. Not for On::io, whose handlers take no time.
    std::chrono::milliseconds time_step{0};

    // Bytes of the body, whichever of the three it is.
    std::size_t content_length() const {
        if (source) return source->size();
        return static_body.empty() ? body.size() : static_body.size();
    }
    // Without a body, whichever of the three it was.
    void drop_content();
    // Everything as in a new Response, but the memory of its texts stays.
    void clear();

private:
    std::string fields_;  // "Name: value\r\n" each
};

}  // namespace keyhold::http
