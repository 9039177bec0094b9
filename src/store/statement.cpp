#include "store/statement.hpp"

#include <stdexcept>

namespace keyhold::store {

Statement::Statement(soci::session& session, const Sql& sql)
    : parameters_(sql.parameters.size()), columns_(sql.columns.size()), statement_(session) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (sql.parameters[i] == 't')
            statement_.exchange(soci::use(parameters_[i].text));
        else
            statement_.exchange(soci::use(parameters_[i].integer));
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (sql.columns[i] == 't')
            statement_.exchange(soci::into(columns_[i].text));
        else
            statement_.exchange(soci::into(columns_[i].integer));
    }
    statement_.alloc();
    statement_.prepare(std::string(sql.text));
    statement_.define_and_bind();
}

void Statement::assign(std::initializer_list<Parameter> parameters) {
    if (parameters.size() != parameters_.size())
        throw std::invalid_argument("a statement got the wrong number of parameters");
    auto cell = parameters_.begin();
    for (const Parameter& parameter : parameters) {
        if (const auto* const text = std::get_if<std::string_view>(&parameter)) {
            if (text->find('\0') != std::string_view::npos)
                throw std::invalid_argument("a text for the database holds a NUL");
            cell->text.assign(*text);
        } else {
            cell->integer = std::get<std::int64_t>(parameter);
        }
        ++cell;
    }
}

}  // namespace keyhold::store
