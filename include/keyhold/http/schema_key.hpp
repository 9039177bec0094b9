// SPDX-License-Identifier: Apache-2.0
// What a described struct is called among the schemas of the OpenAPI document.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "keyhold/fields.hpp"

namespace keyhold::http {

// Key (schema_key_of) -> JSON Schema of the described structs that a document needs.
using Schemas = std::map<std::string, std::string>;

// What it calls itself, or is called in the code.
template <class T>
constexpr std::string_view schema_name_of() {
    if constexpr (requires { T::schema_name; })
        return T::schema_name;
    else
        return keyhold_name(static_cast<const T*>(nullptr));
}

namespace detail {

// Text in which the compiler spells T with its namespaces: "... [with T = app::Note; ...]".
template <class T>
constexpr std::string_view spelled() {
    return __PRETTY_FUNCTION__;
}

// Its address tells apart structs of one name that stand in the unnamed namespaces of two files.
template <class T>
inline constexpr char identity = 0;

// "name@namespaces@address": SchemaNames takes it apart again.
std::string schema_key(std::string_view name, std::string_view spelled, const void* identity);

}  // namespace detail

// What the struct is called until the document gives it a name: two structs may have the same one.
template <Described T>
std::string schema_key_of() {
    return detail::schema_key(schema_name_of<T>(), detail::spelled<T>(), &detail::identity<T>);
}

}  // namespace keyhold::http
