// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace keyhold::http {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> method_names{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::delete_, "DELETE"},
    {Method::options, "OPTIONS"},
}};

}  // namespace

std::string_view name_of(Method method) {
    for (const auto& [row, name] : method_names)
        if (row == method) return name;
    return "";
}

Method method_from(std::string_view name) {
    for (const auto& [row, row_name] : method_names)
        if (row_name == name) return row;
    return Method::other;
}

std::optional<std::string_view> Request::find(std::string_view name) const {
    for (const Field& field : fields)
        if (equal_ignoring_case(field.name, name)) return field.value;
    return std::nullopt;
}

// Pieces are counted like the names, so the i-th piece belongs to the i-th name.
std::string_view Request::parameter(std::string_view name) const {
    for (std::size_t i = 0; i < path_parameters.names.size(); ++i)
        if (path_parameters.names[i] == name)
            return path.substr(path_parameters.pieces[i].begin, path_parameters.pieces[i].size);
    return {};
}

std::size_t Request::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [name](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

void Response::add_field(std::string_view name, std::string_view value) {
    for (std::string_view part : {name, value})
        // RFC 9110 §5.5: whoever can put a line break into a field's value writes the rest of the answer.
        if (part.find_first_of(std::string_view("\r\n\0", 3)) != part.npos)
            throw std::invalid_argument("a line break in a response field");
    fields_.append(name).append(": ").append(value).append("\r\n");
}

void Response::drop_content() {
    body.clear();
    static_body = {};
    source.reset();
}

// Members one by one and no assignment of a fresh Response, for that would give the memory of the strings back.
void Response::clear() {
    status = 200;
    media_type = {};
    drop_content();
    fields_.clear();
    close = false;
    time_step = {};
}

}  // namespace keyhold::http
