// SPDX-License-Identifier: Apache-2.0
// Whatever bytes arrive on a connection, in one piece or in two: the parser takes it or does not, and what it shows of
// a request lies within the bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/connection/request_parser.hpp"

using namespace keyhold::http;

namespace {

bool is_within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const Limits limits;
    RequestParser at_once(limits), in_two(limits);
    const auto verdict = at_once.feed(bytes);
    auto second = in_two.feed(std::string_view(bytes).substr(0, size / 2));
    // feed() takes everything that has come so far, as the connection's buffer holds it.
    if (second == RequestParser::State::need_more) second = in_two.feed(bytes);
    if ((second == RequestParser::State::complete) != (verdict == RequestParser::State::complete)) std::abort();
    // A head that is wrong and unfinished may be refused by the one and waited for by the other.
    if (second != verdict) return 0;
    if (verdict != RequestParser::State::complete) return 0;
    if (at_once.consumed() > bytes.size() || at_once.consumed() != in_two.consumed()) std::abort();
    const Request request = at_once.request(bytes);
    for (const Field& field : request.fields)
        if (!is_within(field.name, bytes) || !is_within(field.value, bytes) ||
            field.value.find_first_of(std::string_view("\r\n\0", 3)) != field.value.npos)
            std::abort();
    if (request.path.empty() || request.body.size() > limits.body) std::abort();
    return 0;
}
