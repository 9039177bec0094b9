// SPDX-License-Identifier: Apache-2.0
// Bytes to requests: HTTP/1.1 message syntax (RFC 9112), strict where two readers could differ.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// What a request may be at most. What is larger is refused while it arrives, before it is held as a whole.
struct Limits {
    std::size_t head = 16 * 1024;   // bytes of request line and fields -> 431
    std::size_t target = 8 * 1024;  // bytes -> 414
    std::size_t body = 64 * 1024;   // bytes -> 413
    std::size_t fields = 100;       // number of them -> 431
    // Bytes of the line before a chunk with its extensions, or of all trailers -> 413. They are kept until the line is
    // whole (RFC 9112 §7.1.1 asks for a limit).
    std::size_t framing = 8 * 1024;
};

// Reads one request after the other. Not bound to a connection: whoever has an unfinished request keeps one.
class RequestParser {
public:
    // `complete`: one request has been read whole. `refused` is final; what follows in the input cannot be told from
    // the rest of the bad request.
    enum class State { need_more, complete, refused };

    explicit RequestParser(const Limits& limits);
    ~RequestParser();

    // Forgets the request; ready for the next.
    void restart();

    // `input`: every byte that arrived of this request, from its first one, but for what let_go() took; may hold more
    // behind it.
    // Call it again with the same bytes and some more after need_more.
    State feed(std::string_view input);

    // After need_more: takes out of `input`, the bytes that were fed, what is needed no more: chunks that were read,
    // their framing too. What arrives goes behind the rest, and that is what feed() gets next.
    void let_go(std::string& input);
    // How many bytes of this request are gone that way.
    std::size_t let_go_of() const;

    // After complete: how many bytes of `input` were this request, and the request itself with views into
    // `input`, which must be the same bytes, though it may be another copy of them.
    // Counted in what is left of the input after let_go(), not in bytes that were received.
    std::size_t consumed() const;
    Request request(std::string_view input) const;

    // After refused: why. The connection can't be used any further.
    Errc refusal() const;
    // The request without its body, as far as it was read: views into `input`, the bytes that were fed. Empty while its
    // target was not read, or is none.
    std::optional<Request> begin_of_request(std::string_view input) const;

    // After need_more: whether the head is complete and the client waits for "100 Continue" (RFC 9110 §10.1.1).
    bool head_complete() const;
    bool expects_continue() const;

private:
    struct State_;
    std::unique_ptr<State_> state_;
};

}  // namespace keyhold::http
