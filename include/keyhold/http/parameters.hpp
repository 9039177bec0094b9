// SPDX-License-Identifier: Apache-2.0
// Parameters of a handler that come from the path, the query, the fields and the cookies of a request.
//
//   Result<Note> show(const Path<"id", std::int64_t>& id, const Query<Wanted>& wanted, const Header<"X-Trace">& trace)
//
// Each is a value under *; validation errors name where it stands, as FastAPI does: ["path", "id"], ["query", "limit"].
// Rules of keyhold/fields.hpp may stand behind the type: they are checked, and the document shows them.
//
//   Path<"id", std::int64_t, about("The note's number, from GET /notes"), range(1)>
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

// A rule of keyhold/fields.hpp as a template argument. Those that point at a text cannot be one (C++20
// [temp.arg.nontype] allows no pointer to a string literal), so that their texts are copied into the argument. One size
// fits all texts: a rule's type does not say how long its text is, and a text that is longer does not compile.
template <class Rule>
struct ParameterRule {
    Rule value;
    consteval ParameterRule(Rule rule) : value(rule) {}  // NOLINT(google-explicit-constructor)
    constexpr Rule rule() const { return value; }
};

namespace detail {
struct RuleText {
    char text[200]{};
    std::size_t size = 0;
    consteval void append(std::string_view more) {
        if (more.size() > sizeof(text) - size) throw "the texts of a parameter's rule have more than 200 bytes";
        std::copy_n(more.data(), more.size(), text + size);
        size += more.size();
    }
    constexpr std::string_view view(std::size_t begin, std::size_t end) const { return {text + begin, end - begin}; }
};
}  // namespace detail

template <>
struct ParameterRule<About> {
    detail::RuleText text;
    consteval ParameterRule(About about) { text.append(about.text); }  // NOLINT(google-explicit-constructor)
    constexpr About rule() const { return {text.view(0, text.size)}; }
};

template <std::size_t N>
struct ParameterRule<OneOf<N>> {
    detail::RuleText text;
    std::size_t ends[N]{};
    consteval ParameterRule(OneOf<N> values) {  // NOLINT(google-explicit-constructor)
        for (std::size_t i = 0; i < N; ++i) {
            text.append(values.values[i]);
            ends[i] = text.size;
        }
    }
    constexpr OneOf<N> rule() const {
        OneOf<N> values{};
        for (std::size_t i = 0; i < N; ++i) values.values[i] = text.view(i == 0 ? 0 : ends[i - 1], ends[i]);
        return values;
    }
};

template <>
struct ParameterRule<Pattern> {
    detail::RuleText text;
    consteval ParameterRule(Pattern pattern) { text.append(pattern.text()); }  // NOLINT(google-explicit-constructor)
    consteval Pattern rule() const { return Pattern(text.view(0, text.size)); }
};

template <class Rule>
ParameterRule(Rule) -> ParameterRule<Rule>;

namespace detail {

// What rule() of all of them says. The texts stand in the template arguments, which live as long as the program.
template <ParameterRule... rules>
inline constexpr auto rules_of = std::tuple(rules.rule()...);

template <class T>
struct Parameter {
    T value{};
    const T& operator*() const { return value; }
    const T* operator->() const { return &value; }
};
}  // namespace detail

// What stands for {name} in the path of the route, decoded.
template <FixedText name, class T = std::string, ParameterRule... rules>
struct Path : detail::Parameter<T> {};

// The query as a described struct: ?limit=10&tag=a&tag=b.
// A member that is a list takes every field of its name; any other member is refused if it comes twice.
template <class T>
struct Query : detail::Parameter<T> {};

// A field of the request, the first of that name. Absent: refused unless T is a std::optional.
template <FixedText name, class T = std::string, ParameterRule... rules>
struct Header : detail::Parameter<T> {};

// A cookie of the request; one that comes twice counts as absent (find_cookie).
template <FixedText name, class T = std::string, ParameterRule... rules>
struct Cookie : detail::Parameter<T> {};

// Decodes one segment of a path. Empty if it is not well encoded, not UTF-8, or holds a control character: no id of
// anything does, and databases cut text at a NUL.
std::optional<std::string> decode_segment(std::string_view segment);

namespace detail {

// `text` empty: nothing came. `part` and `name` are the way to it in errors. Refused: validation_failed for a text that
// is no T, or breaks one of the rules.
template <class T, class Rules>
Result<T> read_text(const std::optional<std::string_view>& text, std::string_view part, std::string_view name,
                    const Rules& rules) {
    static_assert(!has_otherwise<Rules>, "a parameter that may be absent is a std::optional");
    Reading reading{LocationStep(part)};
    const Reading::Step step(reading, name);
    T value{};
    if (text)
        Codec<T>::read(Incoming(*text), value, reading);
    else if (!is_optional<T>)
        reading.wrong("missing", "Field required");
    if (reading.ok()) check_all(rules, value, reading);
    if (!reading.ok()) return std::move(reading).error();
    return Result<T>(std::move(value));
}

// The text of about(), or none.
inline std::string_view about_of(const About& rule) { return rule.text; }
template <class Rule>
std::string_view about_of(const Rule&) {
    return {};
}
// In the schema of a parameter about() says nothing, because the parameter itself does.
inline MayBeAbsent rule_of_schema(const About&) { return {}; }
template <class Rule>
const Rule& rule_of_schema(const Rule& rule) {
    return rule;
}

enum class Needed : bool { no, yes };

template <class T, class Rules>
void describe_parameter(Operation& operation, std::string_view name, std::string_view in, Needed needed,
                        const Rules& rules) {
    OperationParameter& parameter = operation.parameters.emplace_back();
    parameter.name = name;
    parameter.in = in;
    parameter.required = needed == Needed::yes;
    json::Writer out(parameter.schema);
    out.begin_object();
    std::apply(
        [&](const auto&... rule) {
            (parameter.description.append(about_of(rule)), ...);
            describe_type<T>(out, std::tuple(rule_of_schema(rule)...), operation.schemas);
        },
        rules);
    out.end_object();
}

template <class T, ParameterRule... rules>
void describe_text(Operation& operation, std::string_view name, std::string_view in) {
    describe_parameter<T>(operation, name, in, is_optional<T> ? Needed::no : Needed::yes, rules_of<rules...>);
    operation.refusals.push_back(errors::validation_failed);
}

}  // namespace detail

template <FixedText name, class T, ParameterRule... rules>
struct Extract<Path<name, T, rules...>> {
    static Result<Path<name, T, rules...>> from(const Request& request) {
        // A segment that cannot be decoded names nothing that exists, so it is 404 and not 422.
        const auto text = decode_segment(request.parameter(name.view()));
        if (!text) return errors::not_found;
        auto value = detail::read_text<T>(*text, "path", name.view(), detail::rules_of<rules...>);
        if (!value) return std::move(value).error();
        return Path<name, T, rules...>{*std::move(value)};
    }
    static void describe(Operation& operation) {
        detail::describe_text<T, rules...>(operation, name.view(), "path");
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
            constexpr bool needed = detail::is_required<F> && !detail::is_list<Member>;
            detail::describe_parameter<Member>(operation, field.name, "query",
                                               needed ? detail::Needed::yes : detail::Needed::no, field.rules);
        });
        operation.refusals.push_back(errors::validation_failed);
    }
};

template <FixedText name, class T, ParameterRule... rules>
struct Extract<Header<name, T, rules...>> {
    static Result<Header<name, T, rules...>> from(const Request& request) {
        auto value = detail::read_text<T>(request.find(name.view()), "header", name.view(), detail::rules_of<rules...>);
        if (!value) return std::move(value).error();
        return Header<name, T, rules...>{*std::move(value)};
    }
    static void describe(Operation& operation) { detail::describe_text<T, rules...>(operation, name.view(), "header"); }
};

template <FixedText name, class T, ParameterRule... rules>
struct Extract<Cookie<name, T, rules...>> {
    static Result<Cookie<name, T, rules...>> from(const Request& request) {
        auto value =
            detail::read_text<T>(find_cookie(request, name.view()), "cookie", name.view(), detail::rules_of<rules...>);
        if (!value) return std::move(value).error();
        return Cookie<name, T, rules...>{*std::move(value)};
    }
    static void describe(Operation& operation) { detail::describe_text<T, rules...>(operation, name.view(), "cookie"); }
};

// ?limit=N&cursor=TEXT: which part of a list is wanted. A list says itself where its next part begins.
// `limit` is the most that the answer holds, not what it must hold. A cursor is opaque: clients send back what they
// got.
struct Page {
    int limit = 100;
    std::string cursor;  // empty: from the beginning
};
KEYHOLD_FIELDS(Page, (limit, range(1, 1000), otherwise(100), about("How many a page has at most")),
               (cursor, about("`next` of the page before"), otherwise("")))

}  // namespace keyhold::http
