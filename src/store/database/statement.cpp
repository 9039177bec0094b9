// SPDX-License-Identifier: Apache-2.0
#include "store/database/statement.hpp"

#include <stdexcept>

#include "base/exceptions.hpp"

namespace keyhold::store {

// The letters of Query are checked while compiling; this is for statements that are made at run time.
void check_parameters(std::string_view types, std::span<const Parameter> parameters) {
    if (parameters.size() != types.size())
        throw std::invalid_argument("a statement got the wrong number of parameters");
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const bool may_be_null = types[i] == 'T' || types[i] == 'I';
        if (std::holds_alternative<Null>(parameters[i]) && may_be_null) continue;
        const auto* const text = std::get_if<std::string_view>(&parameters[i]);
        const bool is_text = types[i] == 't' || types[i] == 'T';
        if (std::holds_alternative<Null>(parameters[i]) || (text != nullptr) != is_text)
            throw std::invalid_argument("a statement got a parameter of the wrong type");
        if (text != nullptr && text->find('\0') != std::string_view::npos)
            throw NotStorable("a text for the database holds a NUL");
    }
}

std::string no_value_for(std::string_view parameter) {
    return "a statement has the parameter " + std::string(parameter) + ", which got no value";
}

Rewritten rewrite(const Sql& sql, Placeholder placeholder) {
    const auto is_name = [&](std::size_t at) {
        return at < sql.text.size() && sql.text[at] >= 'a' && sql.text[at] <= 'z';
    };
    Rewritten rewritten;
    for (std::size_t at = 0; at < sql.text.size(); ++at) {
        // "::json" and "10:30" are no parameters: there is no single letter behind the colon.
        if (sql.text[at] != ':' || !is_name(at + 1) || is_name(at + 2)) {
            rewritten.text += sql.text[at];
            continue;
        }
        const auto parameter = static_cast<std::size_t>(sql.text[++at] - 'a');
        if (parameter >= sql.parameters.size()) throw std::invalid_argument(no_value_for(sql.text.substr(at - 1, 2)));
        rewritten.parameters.push_back(parameter);
        rewritten.text += placeholder == Placeholder::numbered ? "$" + std::to_string(parameter + 1) : "?";
    }
    return rewritten;
}

}  // namespace keyhold::store
