// SPDX-License-Identifier: Apache-2.0
// keyhold::guard for cpp-httplib 0.11 or newer: a handler that runs for those who may, and is told who is asking.
//
//   server.Get("/notes", keyhold::protect(guard, keyhold::scope("notes:read"),
//                                         [](const keyhold::Caller& who, const auto& request, auto& response) { ...
//                                         }));
#pragma once

#include <string>
#include <utility>

#include <httplib.h>

#include <keyhold/guard.hpp>

namespace keyhold {
inline namespace v1 {

// Makes `response` the refusal.
inline void refuse(::httplib::Response& response, const Problem& problem) {
    response.status = problem.status;
    if (!problem.www_authenticate.empty()) response.set_header("WWW-Authenticate", problem.www_authenticate);
    if (!problem.retry_after.empty()) response.set_header("Retry-After", problem.retry_after);
    response.set_header("Cache-Control", "no-store");
    response.set_content(problem.body, Problem::content_type);
}

// Two Authorization fields are none: what stands before us may have looked at the other one.
inline Checked check(const Guard& guard, const ::httplib::Request& request, const Rule& rule = {}) {
    const bool is_one = request.get_header_value_count("Authorization") == 1;
    return guard.check(is_one ? request.get_header_value("Authorization") : std::string(), rule);
}

// `handler` is called with (const Caller&, const httplib::Request&, httplib::Response&).
// Guard and rule are copied into the handler, which is cheap, and so they live as long as the server's route does.
// cpp-httplib calls it on several threads.
template <class Handler>
::httplib::Server::Handler protect(Guard guard, Rule rule, Handler handler) {
    return [guard = std::move(guard), rule = std::move(rule), handler = std::move(handler)](
               const ::httplib::Request& request, ::httplib::Response& response) {
        const Checked caller = check(guard, request, rule);
        if (!caller) return refuse(response, caller.problem());
        handler(*caller, request, response);
    };
}

}  // namespace v1
}  // namespace keyhold
