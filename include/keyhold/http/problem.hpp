// SPDX-License-Identifier: Apache-2.0
// Refusals as answers: RFC 9457 problem details that FastAPI's clients can read too (`detail` is a string,
// `errors` holds FastAPI's items) and, where the route is an OAuth endpoint, RFC 6749 §5.2's members.
#pragma once

#include <string>
#include <string_view>

#include "keyhold/base/result.hpp"
#include "keyhold/http/message.hpp"

namespace keyhold::http {

// Makes `response` say why. Adds WWW-Authenticate to a 401 (RFC 6750 §3), Retry-After to a 503, and to an error with a
// quota Retry-After, RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers).
// A 503 of which nobody can say when it is over (Error::retry_after()) is worth another try after a second.
void refuse_as_problem(Response& response, const Error& error, const Request& request);

// For refusals that look otherwise.

// One sentence about this error: "username: Field required; password: Field required" where fields are what is wrong.
std::string sentence_of(const Error& error);
// When another try is worth it: Retry-After of a 503, the quota's fields of a 429.
void add_waiting_fields(Response& response, const Error& error);

// How a refusal looks is said by the part of the site that it belongs to: problem details, a page, an OAuth error.
// A function, and where it needs one an object that it is given; copied freely.
// Two pointers to functions and one to an object, instead of a std::function: copying it allocates nothing and cannot
// fail.
class Refuse {
public:
    using Function = void (*)(Response& response, const Error& error, const Request& request);
    Refuse(Function function) : function_(function) {}  // NOLINT(google-explicit-constructor): refuse_as_problem is one
    // By a function that takes `object` too, which outlives the routes: Refuse::with<refuse_as_page>(site).
    template <auto function, class T>
    static Refuse with(const T& object) {
        Refuse refuse(nullptr);
        refuse.object_ = &object;
        refuse.with_object_ = [](Response& response, const Error& error, const Request& request, const void* of) {
            function(response, error, request, *static_cast<const T*>(of));
        };
        return refuse;
    }

    void operator()(Response& response, const Error& error, const Request& request) const {
        if (function_ != nullptr)
            function_(response, error, request);
        else
            with_object_(response, error, request, object_);
    }

private:
    Function function_;
    void (*with_object_)(Response&, const Error&, const Request&, const void*) = nullptr;
    const void* object_ = nullptr;
};

// The OpenAPI schema of what refuse_as_problem() writes.
std::string_view problem_schema();

}  // namespace keyhold::http
