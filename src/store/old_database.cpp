#include "store/old_database.hpp"

#include "store/driver.hpp"
#include "store/old_sqlite.hpp"

namespace keyhold::store {

Result<std::unique_ptr<OldDatabase>> OldDatabase::open(std::string_view url) {
    const auto place = parse_url(url);
    if (!place) return place.error();
    const OldDialect* const dialect = find_dialect(place->driver->scheme);
    if (dialect == nullptr)
        return Error(Errc::configuration, "tables of other applications can be read from SQLite only");
    return open_old_sqlite(*dialect, place->target);
}

std::vector<std::string> OldDatabase::tables() {
    std::vector<std::string> names;
    Row row;
    for (auto rows = ask(std::string(dialect_.tables), 1); rows->next(row);) names.push_back(row[0]);
    return names;
}

std::vector<OldColumn> OldDatabase::columns(std::string_view table) {
    std::vector<OldColumn> found;
    Row row;
    for (auto rows = ask(dialect_.columns(table), 5); rows->next(row);)
        found.push_back({row[0], row[1], row[2] == "1", row[3] == "1", row[4] == "1"});
    return found;
}

std::int64_t OldDatabase::count(std::string_view table) {
    Row row;
    return ask(dialect_.count(table), 1)->next(row) ? std::stoll(row[0]) : 0;
}

void OldDatabase::each_user(const OldTable& table, const std::function<void(const OldUser&)>& visit) {
    Row row;
    for (auto rows = ask(dialect_.users(table), 4); rows->next(row);) visit({row[0], row[1], row[2], row[3] == "1"});
}

}  // namespace keyhold::store
