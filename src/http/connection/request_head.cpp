// SPDX-License-Identifier: Apache-2.0
#include "http/connection/request_head.hpp"

#include <algorithm>
#include <utility>

#include "http/request_target.hpp"

namespace keyhold::http {
namespace {

// Connection is a list of tokens, which are compared without case (RFC 9110 §7.6.1).
bool contains_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view item = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
        if (equal_ignoring_case(item, token)) return true;
    }
    return false;
}

}  // namespace

void RequestHead::clear() {
    RequestHead fresh;
    std::swap(fresh, *this);
    fields = std::move(fresh.fields);
    fields.clear();
    chunked_body = std::move(fresh.chunked_body);
    chunked_body.clear();
}

Request request_of(const RequestHead& head, std::string_view input, std::vector<Field>& fields) {
    fields.clear();
    for (const FieldRange& field : head.fields) fields.push_back({field.name.in(input), field.value.in(input)});

    Request request;
    request.method_text = head.method.in(input);
    request.method = method_from(request.method_text);
    // The parser has refused targets that cannot be parsed, so there is one.
    const Target target = parse_target(request.method_text, head.target.in(input)).value();
    request.path = target.path;
    request.query = target.query;
    request.fields = fields;
    request.body = head.chunked ? std::string_view(head.chunked_body) : head.body.in(input);
    request.http_1_0 = head.http_1_0;
    // RFC 9112 §9.3: 1.1 goes on unless "close" is said, 1.0 ends unless "keep-alive" is said.
    request.keep_alive = !head.http_1_0;
    for (Field& field : fields) {
        // RFC 9112 §3.2.2: of a request in absolute form the Host field is ignored. It is replaced here, so that no
        // handler can see the other one.
        if (!target.authority.empty() && equal_ignoring_case(field.name, "host")) field.value = target.authority;
        if (!equal_ignoring_case(field.name, "connection")) continue;
        if (contains_token(field.value, "close")) request.keep_alive = false;
        if (head.http_1_0 && contains_token(field.value, "keep-alive")) request.keep_alive = true;
    }
    return request;
}

}  // namespace keyhold::http
