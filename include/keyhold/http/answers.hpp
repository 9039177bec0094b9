// SPDX-License-Identifier: Apache-2.0
// How what a handler returns becomes a response: one specialisation of Respond for each kind of answer.
//
//   static void write(Response&, const R&);
//   static void describe(Operation&);
//
// A described struct, a list or a map is JSON with status 200; the rest stands here. A status that an answer says is
// one from 200 to 599; any other is a fault of the handler, as if it had thrown: 500, and the log says which. What
// stands in the body of a 204, 205 or 304 is not sent, as these have none (RFC 9110 §15).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyhold/http/codec.hpp"
#include "keyhold/http/message.hpp"
#include "keyhold/http/openapi.hpp"

namespace keyhold::http {

// write() fills in a Response that is clear; describe() adds to the route's entry of the document, once, when the route
// is added.
template <class R>
struct Respond;

namespace detail {

// Appends to a body that is empty.
template <class R>
void write_json(Response& response, const R& result) {
    response.media_type = "application/json";
    json::Writer out(response.body);
    Codec<R>::write(out, result);
}

}  // namespace detail

template <Described R>
struct Respond<R> {
    static void write(Response& response, const R& result) { detail::write_json(response, result); }
    static void describe(Operation& operation) { operation.response_schema = add_schema<R>(operation.schemas); }
};

template <class T>
struct Respond<std::vector<T>> {
    static void write(Response& response, const std::vector<T>& result) { detail::write_json(response, result); }
    static void describe(Operation& operation) {
        json::Writer out(operation.response_schema_text);
        out.begin_object();
        Codec<std::vector<T>>::describe(out, operation.schemas);
        out.end_object();
    }
};

// Something new was made: 201 with where it is found (RFC 9110 §15.3.2).
template <class T>
struct Created {
    T value;
    std::string location = {};  // a path or URL, already encoded; empty: not said
};
template <class T>
struct Respond<Created<T>> {
    static void write(Response& response, const Created<T>& result) {
        Respond<T>::write(response, result.value);
        response.status = 201;
        if (!result.location.empty()) response.add_field("Location", result.location);
    }
    static void describe(Operation& operation) {
        Respond<T>::describe(operation);
        operation.successes = {201};
    }
};

// Done, and nothing to say: 204.
struct NoContent {};
template <>
struct Respond<NoContent> {
    static void write(Response& response, const NoContent&) { response.status = 204; }
    static void describe(Operation& operation) { operation.successes = {204}; }
};

// Plain text.
template <>
struct Respond<std::string> {
    static void write(Response& response, const std::string& text) {
        response.media_type = "text/plain; charset=utf-8";
        response.body = text;
    }
    static void describe(Operation& operation) { operation.response_media = "text/plain"; }
};

// A page. What it holds is escaped already.
// Whoever makes one has escaped what came from others: nothing is escaped here.
struct Html {
    std::string body;
    int status = 200;
    // What the page may do (CSP Level 3); the default lets it load nothing.
    std::string content_security_policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
        "'none'";
};
template <>
struct Respond<Html> {
    static void write(Response& response, const Html& page);
    static void describe(Operation& operation) { operation.response_media = "text/html"; }
};

// Elsewhere. 303 makes whatever was sent a GET (RFC 9110 §15.4.4), as after a form.
// `location` may be relative; what it is made of must not come from a request undecided, or strangers could send
// visitors anywhere.
struct Redirect {
    std::string location;  // a path or URL, already encoded
    int status = 303;
};
template <>
struct Respond<Redirect> {
    static void write(Response& response, const Redirect& redirect) {
        response.status = redirect.status;
        response.add_field("Location", redirect.location);
    }
    static void describe(Operation& operation) { operation.successes = {303}; }
};

// Bytes under a name, to be kept by the client (RFC 6266).
// All of it is held in memory until it is sent; for what is large there is Download.
struct File {
    std::string bytes;
    std::string_view media_type = "application/octet-stream";  // static text
    std::string name = {};                                     // empty: shown instead of saved
};
template <>
struct Respond<File> {
    static void write(Response& response, const File& file);
    static void describe(Operation& operation) { operation.response_media = "application/octet-stream"; }
};

// The same of a file that is too large to be held: it is read while it is sent.
// `source` is read on the I/O thread while the client takes it. What breaks then ends the connection, as the status has
// been sent already.
struct Download {
    std::shared_ptr<BodySource> source;
    std::string name;
};
template <>
struct Respond<Download> {
    static void write(Response& response, const Download& download);
    static void describe(Operation& operation) { operation.response_media = "application/octet-stream"; }
};

// An answer and cookies beside it: whole Set-Cookie values.
// Not encoded and not checked but for line breaks: whoever makes a value keeps it within RFC 6265 §4.1.1.
template <class T>
struct WithCookies {
    T value;
    std::vector<std::string> cookies = {};
};
template <class T>
struct Respond<WithCookies<T>> {
    static void write(Response& response, const WithCookies<T>& result) {
        Respond<T>::write(response, result.value);
        for (const std::string& cookie : result.cookies) response.add_field("Set-Cookie", cookie);
    }
    static void describe(Operation& operation) { Respond<T>::describe(operation); }
};

// An answer whose time must not tell which way the handler went: sent only when a whole number of `step` has passed
// since the request came ("bucketing", Köpf and Dürmuth: A Provably Secure and Efficient Countermeasure Against Timing
// Attacks, CSF 2009). Choose a step some ten times as long as the difference between the ways.
// The connection waits, and no thread does. A `step` of 0 is an answer at once.
template <class T>
struct InTimeSteps {
    T value;
    std::chrono::milliseconds step;
};
template <class T>
struct Respond<InTimeSteps<T>> {
    static void write(Response& response, const InTimeSteps<T>& result) {
        Respond<T>::write(response, result.value);
        response.time_step = result.step;
    }
    static void describe(Operation& operation) { Respond<T>::describe(operation); }
};

}  // namespace keyhold::http
