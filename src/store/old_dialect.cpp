#include "store/old_dialect.hpp"

#include <algorithm>
#include <array>

#include "store/old_dialect_sqlite.hpp"

namespace keyhold::store {

namespace {

constexpr std::array dialects{sqlite_dialect};

bool holds(std::string_view type, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return type.find(word) != type.npos; });
}

}  // namespace

const OldDialect* find_dialect(std::string_view scheme) {
    const auto* const found = std::ranges::find(dialects, scheme, &OldDialect::scheme);
    return found != dialects.end() ? found : nullptr;
}

std::string value_for(const OldTable& table, const OldColumn& column) {
    if (column.name == table.id && holds(column.type, {"int", "serial"})) return "";  // the database counts
    if (column.name == table.id) return holds(column.type, {"(32)"}) ? "REPLACE(NEW.id, '-', '')" : "NEW.id";
    if (holds(column.type, {"bool"})) return "FALSE";
    if (holds(column.type, {"time", "date"})) return "CURRENT_TIMESTAMP";
    if (holds(column.type, {"char", "text", "string"})) return column.is_unique ? "NEW.username" : "''";
    if (holds(column.type, {"int", "numeric", "decimal", "real", "double", "float"}))
        return column.is_unique ? "" : "0";
    return "";
}

}  // namespace keyhold::store
