// One declaration, three uses: a handler's parameter list is its guard, its validation and its OpenAPI entry.
//
// Extract<P> says how a parameter of type P, const P& or P& is made from a request:
//   static Result<P> from(const Request&, World&);   // or Result<std::reference_wrapper<P>>
//   static void describe(Operation&);                // its lock, its body, what it may refuse
// Respond<R> says how the handler's Result<R> becomes a response. `World` is whatever the handlers of a program
// lean on; src/http knows nothing of it.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "http/body.hpp"
#include "http/form.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/problem.hpp"

namespace keyhold::http {

template <class P>
struct Extract;

// A described struct that is a body says so itself:
//   static constexpr std::string_view schema_name = "Credentials";
//   static constexpr Notation notation = Notation::json_or_form;
template <class T>
concept Body = requires {
    { T::schema_name } -> std::convertible_to<std::string_view>;
    { T::notation } -> std::convertible_to<Notation>;
};

// A body whose members are secret refuses them in the query string and shows how it is done right.
template <class T>
concept SecretBody = Body<T> && requires {
    { T::example } -> std::convertible_to<std::string_view>;
};

// Refused: credentials_in_query if the query names a member of T.
template <SecretBody T>
Result<> refuse_members_in_query(const Request& request) {
    const auto pairs = parse_form(request.query);
    bool found = false;
    for (const auto& [name, value] : pairs.value_or(std::vector<std::pair<std::string, std::string>>{}))
        detail::for_each_member<T>([&, &pair_name = name](auto member) { found = found || pair_name == member.name; });
    if (!found) return {};
    return Error(Errc::credentials_in_query,
                 "Credentials do not belong in a URL: proxies, logs and browsers remember it. Send them in the body: "
                 "curl -X POST '" +
                     std::string(request.path) + "' -H 'Content-Type: application/json' -d '" +
                     std::string(T::example) + "'");
}

template <Body T>
struct Extract<T> {
    template <class World>
    static Result<T> from(const Request& request, World&) {
        if constexpr (SecretBody<T>)
            if (auto query = refuse_members_in_query<T>(request); !query) return std::move(query).error();
        auto body = read_body(request, T::notation);
        if (!body) return std::move(body).error();
        return read_struct<T>(**body);
    }
    static void describe(Operation& operation) {
        operation.request_schema = T::schema_name;
        if constexpr (SecretBody<T>) operation.request_example = T::example;
        operation.schemas.emplace(T::schema_name, schema_of<T>());
        operation.request_media = {"application/json"};
        if (T::notation == Notation::json_or_form)
            operation.request_media.emplace_back("application/x-www-form-urlencoded");
        operation.refusals.insert(operation.refusals.end(),
                                  {Errc::validation_failed, Errc::unsupported_media_type, Errc::body_too_large});
    }
};

// What stands for {id} in the path of the route, decoded.
struct PathId {
    std::string text;
};

template <>
struct Extract<PathId> {
    template <class World>
    static Result<PathId> from(const Request& request, World&) {
        auto text = decode_path(request.path.substr(request.path.rfind('/') + 1));
        if (!text) return Errc::not_found;
        return PathId{*std::move(text)};
    }
    static void describe(Operation& operation) {
        operation.has_path_id = true;
        operation.refusals.push_back(Errc::not_found);
    }
};

// ?limit=N&cursor=TEXT: which part of a list is wanted. A list says itself where its next part begins.
struct Page {
    static constexpr int most = 1000;
    int limit = 100;
    std::string cursor;  // empty: from the beginning
};

// Refused: validation_failed.
Result<Page> read_page(std::string_view query);

template <>
struct Extract<Page> {
    template <class World>
    static Result<Page> from(const Request& request, World&) {
        return read_page(request.query);
    }
    static void describe(Operation& operation) {
        operation.is_paged = true;
        operation.refusals.push_back(Errc::validation_failed);
    }
};

// The request itself, for what no other parameter says.
template <>
struct Extract<Request> {
    template <class World>
    static Result<std::reference_wrapper<const Request>> from(const Request& request, World&) {
        return std::cref(request);
    }
    static void describe(Operation&) {}
};

template <class R>
struct Respond;

// A described struct is answered as JSON, with 200.
template <class R>
requires requires { R::schema_name; }
struct Respond<R> {
    static void write(Response& response, const R& result) {
        response.media_type = "application/json";
        json::Writer out(response.body);
        write_struct(out, result);
    }
    static void describe(Operation& operation) {
        operation.response_schema = R::schema_name;
        operation.schemas.emplace(R::schema_name, schema_of<R>());
    }
};

namespace detail {

// Makes the parameters from left to right, stops at the first refusal, then calls the handler.
template <class Result_, class World, class Handler, class Remaining>
struct Call;

template <class Result_, class World, class Handler>
struct Call<Result_, World, Handler, std::tuple<>> {
    template <class... Made>
    static Result_ run(const Handler& handler, const Request&, World&, Made&... made) {
        return handler(made...);
    }
};

template <class Result_, class World, class Handler, class First, class... Rest>
struct Call<Result_, World, Handler, std::tuple<First, Rest...>> {
    template <class... Made>
    static Result_ run(const Handler& handler, const Request& request, World& world, Made&... made) {
        auto value = Extract<std::remove_cvref_t<First>>::from(request, world);
        if (!value) return std::move(value).error();
        return Call<Result_, World, Handler, std::tuple<Rest...>>::run(handler, request, world, made..., *value);
    }
};

}  // namespace detail

}  // namespace keyhold::http
