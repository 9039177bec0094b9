// SPDX-License-Identifier: Apache-2.0
// Parameters that a handler reads by itself, as they are handed on or refused in an order of their own, and that the
// OpenAPI document describes all the same: by a struct that has them.
#pragma once

#include <string_view>

#include "http/extract.hpp"
#include "http/parameters.hpp"

namespace keyhold::oauth {

template <class T>
// `text` is a view into the request. T is only for the document.
struct RawQuery {
    std::string_view text;
};

template <class T>
struct RawForm {
    std::string_view text;
};

}  // namespace keyhold::oauth

namespace keyhold::http {

template <class T>
struct Extract<oauth::RawQuery<T>> {
    static Result<oauth::RawQuery<T>> from(const Request& request) { return oauth::RawQuery<T>{request.query}; }
    static void describe(Operation& operation) {
        const auto refusals = operation.refusals;  // nothing is refused here
        Extract<Query<T>>::describe(operation);
        operation.refusals = refusals;
    }
};

template <class T>
struct Extract<oauth::RawForm<T>> {
    static Result<oauth::RawForm<T>> from(const Request& request) { return oauth::RawForm<T>{request.body}; }
    static void describe(Operation& operation) {
        const auto refusals = operation.refusals;
        Extract<T>::describe(operation);
        operation.refusals = refusals;
    }
};

}  // namespace keyhold::http
