// SPDX-License-Identifier: Apache-2.0
// How a type is read from a request, written into an answer, and described in the OpenAPI document: one specialisation
// of Codec for each kind of type, which nest.
//   static void read(const Incoming&, T&, Reading&);      says what is wrong, with the way to it
//   static void write(json::Writer&, const T&);
//   static void describe(json::Writer&, Schemas&);        members of an open JSON Schema object
// Names that are no member of a struct are ignored, as FastAPI ignores them. Absent optionals are left out of answers.
#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "keyhold/base/secret.hpp"
#include "keyhold/base/text.hpp"
#include "keyhold/http/incoming.hpp"
#include "keyhold/http/rules.hpp"
#include "keyhold/http/schema_key.hpp"

namespace keyhold::http {

template <class T>
struct Codec;

template <>
struct Codec<std::string> {
    static void read(const Incoming& in, std::string& value, Reading& reading) {
        const auto text = in.string();
        if (!text)
            reading.wrong("string_type", "Input should be a valid string");
        else if (!is_utf8(*text))  // of a form or a query; JSON is UTF-8 or no JSON
            reading.wrong("string_unicode",
                          "Input should be a valid string, unable to parse raw data as a unicode string");
        else
            value = *text;
    }
    static void write(json::Writer& out, const std::string& value) { out.value(value); }
    static void describe(json::Writer& out, Schemas&) { out.member("type", "string"); }
};

// Only in requests: nothing of ours answers a secret of this type.
template <>
struct Codec<Secret> {
    static void read(const Incoming& in, Secret& value, Reading& reading) {
        if (const auto text = in.string())
            value = Secret(*text);
        else
            reading.wrong("string_type", "Input should be a valid string");
    }
    static void describe(json::Writer& out, Schemas&) {
        out.member("type", "string");
        out.member("format", "password");
    }
};

template <>
struct Codec<bool> {
    static void read(const Incoming& in, bool& value, Reading& reading);
    static void write(json::Writer& out, bool value) { out.value(value); }
    static void describe(json::Writer& out, Schemas&) { out.member("type", "boolean"); }
};

void read_integer(const Incoming& in, std::int64_t least, std::int64_t most, std::int64_t& value, Reading& reading);

template <std::integral T>
requires(sizeof(T) < 8 || std::signed_integral<T>) struct Codec<T> {
    static void read(const Incoming& in, T& value, Reading& reading) {
        auto wide = static_cast<std::int64_t>(value);
        read_integer(in, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), wide, reading);
        value = static_cast<T>(wide);
    }
    static void write(json::Writer& out, T value) { out.value(static_cast<std::int64_t>(value)); }
    static void describe(json::Writer& out, Schemas&) { out.member("type", "integer"); }
};

template <>
struct Codec<double> {
    static void read(const Incoming& in, double& value, Reading& reading);
    static void write(json::Writer& out, double value);
    static void describe(json::Writer& out, Schemas&) { out.member("type", "number"); }
};

template <DescribedEnum T>
struct Codec<T> {
    static constexpr auto names = keyhold_names(static_cast<const T*>(nullptr));
    static constexpr auto texts = [] {
        std::array<std::string_view, names.size()> all;
        for (std::size_t i = 0; i < names.size(); ++i) all[i] = names[i].name;
        return all;
    }();
    static void read(const Incoming& in, T& value, Reading& reading) {
        const auto text = in.string();
        for (const auto& row : names)
            if (text && row.name == *text) {
                value = row.value;
                return;
            }
        reading.wrong("enum", "Input should be " + alternatives(texts));
    }
    static void write(json::Writer& out, T value) {
        for (const auto& row : names)
            if (row.value == value) return out.value(row.name);
        throw std::logic_error("a value that KEYHOLD_ENUM does not name");
    }
    static void describe(json::Writer& out, Schemas&) {
        out.member("type", "string");
        write_values(out, texts);
    }
};

template <class T>
struct Codec<std::optional<T>> {
    static void read(const Incoming& in, std::optional<T>& value, Reading& reading) {
        if (!in.is_null()) Codec<T>::read(in, value.emplace(), reading);
    }
    static void write(json::Writer& out, const std::optional<T>& value) {
        if (value)
            Codec<T>::write(out, *value);
        else
            out.null();
    }
    static void describe(json::Writer& out, Schemas& schemas) { Codec<T>::describe(out, schemas); }
};

template <class T>
struct Codec<std::vector<T>> {
    static void read(const Incoming& in, std::vector<T>& values, Reading& reading) {
        if (!in.is_array()) return reading.wrong("list_type", "Input should be a valid list");
        in.for_each_item([&](const Incoming& item) { read_item(item, values, reading); });
    }
    static void read_item(const Incoming& item, std::vector<T>& values, Reading& reading) {
        const Reading::Step step(reading, LocationStep::item(values.size()));
        T value{};
        Codec<T>::read(item, value, reading);
        values.push_back(std::move(value));
    }
    static void write(json::Writer& out, const std::vector<T>& values) {
        out.begin_array();
        for (const T& value : values) Codec<T>::write(out, value);
        out.end_array();
    }
    static void describe(json::Writer& out, Schemas& schemas) {
        out.member("type", "array");
        out.name("items");
        out.begin_object();
        Codec<T>::describe(out, schemas);
        out.end_object();
    }
};

template <class T>
struct Codec<std::map<std::string, T>> {
    static void read(const Incoming& in, std::map<std::string, T>& values, Reading& reading) {
        if (!in.is_object()) return reading.wrong("dict_type", "Input should be a valid dictionary");
        in.for_each_member([&](std::string_view name, const Incoming& member) {
            const Reading::Step step(reading, name);
            Codec<T>::read(member, values[std::string(name)], reading);
        });
    }
    static void write(json::Writer& out, const std::map<std::string, T>& values) {
        out.begin_object();
        for (const auto& [name, value] : values) {
            out.name(name);
            Codec<T>::write(out, value);
        }
        out.end_object();
    }
    static void describe(json::Writer& out, Schemas& schemas) {
        out.member("type", "object");
        out.name("additionalProperties");
        out.begin_object();
        Codec<T>::describe(out, schemas);
        out.end_object();
    }
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

template <class Rule>
inline constexpr bool is_otherwise = false;
template <class V>
inline constexpr bool is_otherwise<Otherwise<V>> = true;
template <class Rule>
inline constexpr bool is_each = false;
template <class... Rules>
inline constexpr bool is_each<Each<Rules...>> = true;

template <class Rules>
inline constexpr bool has_otherwise = false;
template <class... Rules>
inline constexpr bool has_otherwise<std::tuple<Rules...>> =
    ((is_otherwise<Rules> || std::same_as<Rules, MayBeAbsent>) || ...);

// Whether a request must have the member.
template <class F>
inline constexpr bool is_required = !is_optional<typename F::Type> && !has_otherwise<decltype(F::rules)>;

template <class Rules, class T>
void check_all(const Rules& rules, const T& value, Reading& reading);

template <class Rule, class T>
void check(const Rule& rule, const T& value, Reading& reading) {
    if constexpr (is_optional<T>) {
        if (value) check(rule, *value, reading);
    } else if constexpr (is_each<Rule> && is_map<T>) {
        for (const auto& [name, item] : value) {
            const Reading::Step step(reading, name);
            check_all(rule.rules, item, reading);
        }
    } else if constexpr (is_each<Rule>) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            const Reading::Step step(reading, LocationStep::item(i));
            check_all(rule.rules, value[i], reading);
        }
    } else if constexpr (std::same_as<Rule, Length> && (is_list<T> || is_map<T>)) {
        check_list_length(rule, value.size(), reading);
    } else {
        check_rule(rule, value, reading);
    }
}

template <class Rules, class T>
void check_all(const Rules& rules, const T& value, Reading& reading) {
    std::apply([&](const auto&... rule) { (check(rule, value, reading), ...); }, rules);
}

template <class F, class T>
void set_otherwise(const F& field, T& value) {
    const auto set = [&]<class Rule>(const Rule& rule) {
        if constexpr (is_otherwise<Rule>) value = T(rule.value);
    };
    std::apply([&](const auto&... rule) { (set(rule), ...); }, field.rules);
}

// Reads one member of `object`. A list that comes as text is every field of that name; anything else may stand there
// once.
template <class F, class T>
void read_field(const F& field, T& value, const Incoming& object, Reading& reading) {
    const Reading::Step step(reading, field.name);
    const std::size_t wrong_before = reading.count();
    if constexpr (is_list<T>) {
        if (object.is_text()) {
            for (const Incoming& item : object.fields_named(field.name)) Codec<T>::read_item(item, value, reading);
            if (reading.count() == wrong_before) check_all(field.rules, value, reading);
            return;
        }
    }
    const auto in = object.find(field.name);
    if (!in) {
        if constexpr (is_required<F>) reading.wrong("missing", "Field required");
        set_otherwise(field, value);
        return;
    }
    if (object.is_text() && object.fields_named(field.name).size() > 1)
        return reading.wrong("multiple_values", "Input should be given once");
    Codec<T>::read(*in, value, reading);
    if (reading.count() == wrong_before) check_all(field.rules, value, reading);
}

template <class T, class Rules>
void describe_items(json::Writer& out, const Rules& rules, Schemas& schemas);

template <class T, class Rule>
void describe_rule(json::Writer& out, const Rule& rule) {
    if constexpr (std::same_as<Rule, Length>)
        write_length(out, rule, is_list<T> ? Counted::items : Counted::characters);
    else if constexpr (is_otherwise<Rule>)
        out.name("default"), Codec<T>::write(out, T(rule.value));
    else if constexpr (!is_each<Rule>)
        write_rule(out, rule);
}

// The schema of a type and of its rules, as members of an open object.
template <class T, class Rules>
void describe_type(json::Writer& out, const Rules& rules, Schemas& schemas) {
    if constexpr (is_optional<T>) {
        describe_type<typename T::value_type>(out, rules, schemas);
    } else {
        if constexpr (is_list<T>) {
            out.member("type", "array");
            out.name("items");
            out.begin_object();
            describe_items<typename T::value_type>(out, rules, schemas);
            out.end_object();
        } else {
            Codec<T>::describe(out, schemas);
        }
        std::apply([&](const auto&... rule) { (describe_rule<T>(out, rule), ...); }, rules);
    }
}

template <class T, class Rules>
void describe_items(json::Writer& out, const Rules& rules, Schemas& schemas) {
    bool described = false;
    const auto describe = [&]<class Rule>(const Rule& rule) {
        if constexpr (is_each<Rule>) {
            describe_type<T>(out, rule.rules, schemas);
            described = true;
        }
    };
    std::apply([&](const auto&... rule) { (describe(rule), ...); }, rules);
    if (!described) describe_type<T>(out, std::tuple(), schemas);
}

}  // namespace detail

template <Described T>
void write_struct(json::Writer& out, const T& value) {
    out.begin_object();
    for_each_field<T>([&](const auto& field) {
        const auto& member = value.*field.pointer;
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (detail::is_optional<Member>)
            if (!member) return;
        out.name(field.name);
        Codec<Member>::write(out, member);
    });
    out.end_object();
}

template <Described T>
std::string schema_of(Schemas& schemas) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("type", "object");
    out.member("title", schema_name_of<T>());
    if constexpr (requires { T::description; }) out.member("description", T::description);
    out.name("properties");
    out.begin_object();
    for_each_field<T>([&](const auto& field) {
        out.name(field.name);
        out.begin_object();
        detail::describe_type<typename std::remove_cvref_t<decltype(field)>::Type>(out, field.rules, schemas);
        out.end_object();
    });
    out.end_object();
    out.name("required");
    out.begin_array();
    for_each_field<T>([&](const auto& field) {
        if constexpr (detail::is_required<std::remove_cvref_t<decltype(field)>>) out.value(field.name);
    });
    out.end_array();
    out.end_object();
    return text;
}

// Puts the schema of T, and those that it needs, among `schemas`, and returns its key there. A struct may hold lists of
// itself.
template <Described T>
std::string add_schema(Schemas& schemas) {
    std::string key = schema_key_of<T>();
    if (schemas.try_emplace(key).second) schemas[key] = schema_of<T>(schemas);
    return key;
}

template <Described T>
struct Codec<T> {
    static void read(const Incoming& in, T& value, Reading& reading) {
        if (!in.is_object())
            return reading.wrong("model_attributes_type",
                                 "Input should be a valid dictionary or object to extract fields from");
        for_each_field<T>([&](const auto& field) { detail::read_field(field, value.*field.pointer, in, reading); });
    }
    static void write(json::Writer& out, const T& value) { write_struct(out, value); }
    static void describe(json::Writer& out, Schemas& schemas) {
        out.member("$ref", "#/components/schemas/" + add_schema<T>(schemas));
    }
};

// The whole of one part of a request ("body", "query"). Refused: validation_failed with every error at once.
template <Described T>
Result<T> read_struct(const Incoming& object, LocationStep part) {
    T value{};
    Reading reading(std::move(part));
    Codec<T>::read(object, value, reading);
    if (!reading.ok()) return std::move(reading).error();
    return Result<T>(std::move(value));
}

}  // namespace keyhold::http
