// SPDX-License-Identifier: Apache-2.0
// Parameters of a handler that come from the path, the query, the fields and the cookies of a request.
//
//   Result<Note> show(const Path<"id", std::int64_t>& id, const Query<Wanted>& wanted, const Header<"X-Trace">& trace)
//
// Each is a value under *; validation errors name where it stands, as FastAPI does: ["path", "id"], ["query", "limit"].
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "keyhold/http/codec.hpp"
#include "keyhold/http/cookies.hpp"
#include "keyhold/http/extract.hpp"
#include "keyhold/http/form.hpp"

namespace keyhold::http {

// A string as a template argument.
// The literal's NUL is in `text` and not in view().
template <std::size_t N>
struct FixedText {
    char text[N];
    consteval FixedText(const char (&from)[N]) { std::copy_n(from, N, text); }  // NOLINT(google-explicit-constructor)
    constexpr std::string_view view() const { return {text, N - 1}; }
};

namespace detail {
template <class T>
struct Parameter {
    T value{};
    const T& operator*() const { return value; }
    const T* operator->() const { return &value; }
};
}  // namespace detail

// What stands for {name} in the path of the route, decoded.
template <FixedText name, class T = std::string>
struct Path : detail::Parameter<T> {};

// The query as a described struct: ?limit=10&tag=a&tag=b.
// A member that is a list takes every field of its name; any other member is refused if it comes twice.
template <class T>
struct Query : detail::Parameter<T> {};

// A field of the request, the first of that name. Absent: refused unless T is a std::optional.
template <FixedText name, class T = std::string>
struct Header : detail::Parameter<T> {};

// A cookie of the request; one that comes twice counts as absent (find_cookie).
template <FixedText name, class T = std::string>
struct Cookie : detail::Parameter<T> {};

// Decodes one segment of a path. Empty if it is not well encoded, not UTF-8, or holds a control character: no id of
// anything does, and databases cut text at a NUL.
std::optional<std::string> decode_segment(std::string_view segment);

namespace detail {

// `text` empty: nothing came. `part` and `name` are the way to it in errors.
template <class T>
Result<T> read_text(const std::optional<std::string_view>& text, std::string_view part, std::string_view name) {
    Reading reading{LocationStep(part)};
    const Reading::Step step(reading, name);
    T value{};
    if (text)
        Codec<T>::read(Incoming(*text), value, reading);
    else if (!is_optional<T>)
        reading.wrong("missing", "Field required");
    if (!reading.ok()) return std::move(reading).error();
    return Result<T>(std::move(value));
}

template <class T, class Rules>
std::string schema_text(const Rules& rules, Schemas& schemas) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    describe_type<T>(out, rules, schemas);
    out.end_object();
    return text;
}

template <class T>
void describe_parameter(Operation& operation, std::string_view name, std::string_view in) {
    operation.parameters.push_back({.name = std::string(name),
                                    .in = in,
                                    .required = !is_optional<T>,
                                    .description = {},
                                    .schema = schema_text<T>(std::tuple(), operation.schemas)});
    operation.refusals.push_back(errors::validation_failed);
}

}  // namespace detail

template <FixedText name, class T>
struct Extract<Path<name, T>> {
    static Result<Path<name, T>> from(const Request& request) {
        // A segment that cannot be decoded names nothing that exists, so it is 404 and not 422.
        const auto text = decode_segment(request.parameter(name.view()));
        if (!text) return errors::not_found;
        auto value = detail::read_text<T>(*text, "path", name.view());
        if (!value) return std::move(value).error();
        return Path<name, T>{*std::move(value)};
    }
    static void describe(Operation& operation) {
        detail::describe_parameter<T>(operation, name.view(), "path");
        operation.refusals.push_back(errors::not_found);
    }
};

// Refused: validation_failed for a query that is not well encoded.
Result<FormFields> read_query(std::string_view query);

template <Described T>
struct Extract<Query<T>> {
    static Result<Query<T>> from(const Request& request) {
        const auto fields = read_query(request.query);
        if (!fields) return fields.error();
        auto value = read_struct<T>(Incoming(*fields), "query");
        if (!value) return std::move(value).error();
        return Query<T>{*std::move(value)};
    }
    static void describe(Operation& operation) {
        for_each_field<T>([&](const auto& field) {
            using F = std::remove_cvref_t<decltype(field)>;
            using Member = typename F::Type;
            operation.parameters.push_back({.name = std::string(field.name),
                                            .in = "query",
                                            .required = detail::is_required<F> && !detail::is_list<Member>,
                                            .description = {},
                                            .schema = detail::schema_text<Member>(field.rules, operation.schemas)});
        });
        operation.refusals.push_back(errors::validation_failed);
    }
};

template <FixedText name, class T>
struct Extract<Header<name, T>> {
    static Result<Header<name, T>> from(const Request& request) {
        auto value = detail::read_text<T>(request.find(name.view()), "header", name.view());
        if (!value) return std::move(value).error();
        return Header<name, T>{*std::move(value)};
    }
    static void describe(Operation& operation) { detail::describe_parameter<T>(operation, name.view(), "header"); }
};

template <FixedText name, class T>
struct Extract<Cookie<name, T>> {
    static Result<Cookie<name, T>> from(const Request& request) {
        auto value = detail::read_text<T>(find_cookie(request, name.view()), "cookie", name.view());
        if (!value) return std::move(value).error();
        return Cookie<name, T>{*std::move(value)};
    }
    static void describe(Operation& operation) { detail::describe_parameter<T>(operation, name.view(), "cookie"); }
};

// ?limit=N&cursor=TEXT: which part of a list is wanted. A list says itself where its next part begins.
// `limit` is the most that the answer holds, not what it must hold. A cursor is opaque: clients send back what they
// got.
struct Page {
    int limit = 100;
    std::string cursor;  // empty: from the beginning
};
KEYHOLD_FIELDS(Page, (limit, range(1, 1000), otherwise(100)),
               (cursor, about("`next` of the page before"), otherwise("")))

}  // namespace keyhold::http
