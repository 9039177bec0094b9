// SPDX-License-Identifier: Apache-2.0
// keyhold::guard for Boost.Beast: who sent this request, and the answer if they may not.
//
//   const auto caller = keyhold::check(guard, request, keyhold::scope("notes:read"));
//   if (!caller) return send(keyhold::refusal(request, caller.problem()));
#pragma once

#include <string_view>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <keyhold/guard.hpp>

namespace keyhold {
inline namespace v1 {

// Two Authorization fields are none: what stands before us may have looked at the other one.
// `request` may be a whole request, which is a header too. Nothing but the Authorization field is read.
template <class Fields>
Checked check(const Guard& guard, const boost::beast::http::header<true, Fields>& request, const Rule& rule = {}) {
    const auto [first, end] = request.equal_range(boost::beast::http::field::authorization);
    if (first == end || std::next(first) != end) return guard.check({}, rule);
    const auto value = first->value();
    return guard.check(std::string_view(value.data(), value.size()), rule);
}

// The whole answer to `request`.
// Ready to be written: prepare_payload() has set Content-Length.
template <class Body, class Fields>
boost::beast::http::response<boost::beast::http::string_body> refusal(
    const boost::beast::http::request<Body, Fields>& request, const Problem& problem) {
    namespace http = boost::beast::http;
    http::response<http::string_body> response(static_cast<http::status>(problem.status), request.version());
    if (!problem.www_authenticate.empty()) response.set(http::field::www_authenticate, problem.www_authenticate);
    if (!problem.retry_after.empty()) response.set(http::field::retry_after, problem.retry_after);
    response.set(http::field::cache_control, "no-store");
    response.set(http::field::content_type, Problem::content_type);
    response.keep_alive(request.keep_alive());
    response.body() = problem.body;
    response.prepare_payload();
    return response;
}

}  // namespace v1
}  // namespace keyhold
