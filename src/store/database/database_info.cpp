// SPDX-License-Identifier: Apache-2.0
#include "store/database/database_info.hpp"

#include "store/database/database.hpp"
#include "store/database/driver.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

Result<DatabaseInfo> look_at_database(std::string_view url) {
    const auto location = parse_url(url);
    if (!location) return location.error();
    const Driver& driver = *location->driver;
    if (!driver.exists(location->target)) return there_is_none(*location);
    const auto link = driver.connect(location->target, std::chrono::seconds(5));
    return DatabaseInfo{driver.scheme, location->shown, schema_of(*link), newest_schema(), driver.doubts(*link)};
}

}  // namespace keyhold::store
