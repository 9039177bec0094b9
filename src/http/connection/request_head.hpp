// SPDX-License-Identifier: Apache-2.0
// What the parser has understood so far of one request: offsets into what was received, so that a request costs no
// allocation and survives a move of the buffer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// Offsets count from the first byte of the request; 32 bits, as a head or a body is never near 4 GiB. A range of size 0
// is what is absent or empty.
struct ByteRange {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::string_view in(std::string_view input) const { return input.substr(offset, size); }
};

struct FieldRange {
    ByteRange name;
    ByteRange value;
};

// Filled in by the parser while bytes arrive, read once when the request is complete. `chunked_body` is a copy without
// framing; a body with a Content-Length stays where it lies, and is a range.
struct RequestHead {
    ByteRange method, target, body;
    std::vector<FieldRange> fields;
    std::string chunked_body;
    // Why the request is refused; the first reason that was found.
    std::optional<Errc> refusal;
    // How often each of these fields came: twice is refused, for two readers could each believe another one (RFC 9112
    // §3.2, §6.3).
    unsigned hosts = 0, content_lengths = 0, transfer_codings = 0;
    bool http_1_0 = false, chunked = false, expects_continue = false, head_complete = false;

    // Forgets it, but keeps the memory of what grows.
    void clear();
};

// The request, once it is complete; with views into `input`, the bytes that the offsets are about, and into `fields`.
Request request_of(const RequestHead& head, std::string_view input, std::vector<Field>& fields);

}  // namespace keyhold::http
