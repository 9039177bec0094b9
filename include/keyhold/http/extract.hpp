// SPDX-License-Identifier: Apache-2.0
// One declaration, three uses: a handler's parameter list is its guard, its validation and its OpenAPI entry.
//
// Extract<P> says how a parameter P, const P& or P& is made from a request:
//   static Result<P> from(const Request&, Tokens& tokens, ...);  // or Result<std::reference_wrapper<const P>>
//   static void describe(Operation&);                            // its lock, its body, what it may refuse
// What from() takes besides the request are services; they are looked up once, when the route is added. A parameter
// without an Extract is a service itself (http/services.hpp), or a described struct, which is the body.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "keyhold/base/result.hpp"
#include "keyhold/http/codec.hpp"
#include "keyhold/http/errors.hpp"
#include "keyhold/http/form.hpp"
#include "keyhold/http/message.hpp"
#include "keyhold/http/openapi.hpp"
#include "keyhold/http/problem.hpp"
#include "keyhold/http/services.hpp"

namespace keyhold::http {

template <class P>
struct Extract;

template <class P>
concept Extracted = requires(Operation& operation) {
    Extract<P>::describe(operation);
};

// A body is JSON; a struct that may come as a form too, or as nothing else, says so:
//   static constexpr Notation notation = Notation::json_or_form;
template <class T>
constexpr Notation notation_of() {
    if constexpr (requires { T::notation; })
        return T::notation;
    else
        return Notation::json;
}

// A body whose members are secret refuses them in the query string and shows how it is done right.
// `example` is a JSON text with made-up values, which the refusal shows and the interactive page proposes.
template <class T>
concept SecretBody = Described<T> && requires {
    { T::example } -> std::convertible_to<std::string_view>;
};

// Refused: credentials_in_query if the query names a member of T.
// Names are compared as they are after decoding; values are not looked at, and never repeated.
template <SecretBody T>
Result<> refuse_members_in_query(const Request& request) {
    if (request.query.empty()) return {};
    // A query that cannot be decoded names nothing.
    const auto fields = parse_form(request.query).value_or(FormFields{});
    bool found = false;
    for (const auto& [name, value] : fields)
        for_each_field<T>([&, &field_name = name](const auto& member) { found = found || field_name == member.name; });
    if (!found) return {};
    if (notation_of<T>() == Notation::form)
        return Error(
            errors::credentials_in_query,
            "Parameters do not belong in a URL: proxies, logs and browsers remember it. Send them in the body, "
            "as application/x-www-form-urlencoded");
    return Error(errors::credentials_in_query,
                 "Credentials do not belong in a URL: proxies, logs and browsers remember it. Send them in the body: "
                 "curl -X POST '" +
                     std::string(request.path) + "' -H 'Content-Type: application/json' -d '" +
                     std::string(T::example) + "'");
}

// The media types of a body, and how one is refused.
void describe_body(Operation& operation, Notation notation);

template <Described T>
struct Extract<T> {
    static Result<T> from(const Request& request) {
        // Before the body is read: with a secret in the URL the request is refused, however good its body is.
        if constexpr (SecretBody<T>)
            if (auto query = refuse_members_in_query<T>(request); !query) return std::move(query).error();
        const auto body = IncomingBody::read(request, notation_of<T>());
        if (!body) return body.error();
        return read_struct<T>(body->root(), "body");
    }
    static void describe(Operation& operation) {
        operation.request_schema = add_schema<T>(operation.schemas);
        if constexpr (SecretBody<T>) operation.request_example = T::example;
        describe_body(operation, notation_of<T>());
    }
};

// The request itself, for what no other parameter says.
// The document says nothing of what such a handler reads.
template <>
struct Extract<Request> {
    static Result<std::reference_wrapper<const Request>> from(const Request& request) { return std::cref(request); }
    static void describe(Operation&) {}
};

namespace detail {

// Some values, or references, by their places: what std::tuple is, without its constructors and assignments, which took
// a good part of the time in which routes compile.
template <std::size_t at, class T>
struct Held {
    T value;
};
template <class Places, class... T>
struct HeldAt;
template <std::size_t... at, class... T>
struct HeldAt<std::index_sequence<at...>, T...> : Held<at, T>... {};
template <class... T>
using Pack = HeldAt<std::index_sequence_for<T...>, T...>;
template <std::size_t at, class T>
const T& get(const Held<at, T>& held) {
    return held.value;
}

// A parameter of a handler with the services that it needs.
template <class P>
class Bound;

template <class P>
requires Extracted<std::remove_cvref_t<P>>
// The services that from() wants behind the request are found by the types of its parameters.
class Bound<P> {
    using Of = Extract<std::remove_cvref_t<P>>;
    template <class R, class... S>
    static auto look_up(R (*)(const Request&, S&...), const Services& services) {
        return Pack<S&...>{{services.get<S>()}...};
    }
    template <std::size_t... at, class... S>
    static auto call(const Request& request, const HeldAt<std::index_sequence<at...>, S&...>& services) {
        return Of::from(request, static_cast<const Held<at, S&>&>(services).value...);
    }
    decltype(look_up(&Of::from, std::declval<const Services&>())) services_;

public:
    // Throws std::logic_error where a service is not provided: at the start and not at the first request.
    explicit Bound(const Services& services) : services_(look_up(&Of::from, services)) {}
    static void describe(Operation& operation) { Of::describe(operation); }
    // A Result, on the thread that runs the handler, before it, for each request.
    auto make(const Request& request) const { return call(request, services_); }
};

template <class P>
requires(!Extracted<std::remove_cvref_t<P>>) class Bound<P> {
    static_assert(std::is_lvalue_reference_v<P>,
                  "a handler takes a service by reference; anything else needs a KEYHOLD_FIELDS or an Extract");
    P service_;

public:
    explicit Bound(const Services& services) : service_(services.get<std::remove_reference_t<P>>()) {}
    static void describe(Operation&) {}
    // Nothing is refused.
    P make(const Request&) const { return service_; }
};

}  // namespace detail

}  // namespace keyhold::http
