// SPDX-License-Identifier: Apache-2.0
#include "store/database_info.hpp"

#include "store/database.hpp"
#include "store/driver.hpp"
#include "store/migrations.hpp"

namespace keyhold::store {

Result<DatabaseInfo> look_at_database(std::string_view url) {
    const auto place = parse_url(url);
    if (!place) return place.error();
    const Driver& driver = *place->driver;
    if (!driver.exists(place->target)) return there_is_none(*place);
    const auto link = driver.connect(place->target, std::chrono::seconds(5));
    return DatabaseInfo{driver.scheme, place->shown, schema_of(*link), newest_schema(), driver.doubts(*link)};
}

}  // namespace keyhold::store
