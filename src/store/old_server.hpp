// OldDatabase for a PostgreSQL or MariaDB.
#pragma once

#include "store/old_database.hpp"

namespace keyhold::store {

// Throws Unavailable.
Result<std::unique_ptr<OldDatabase>> open_old_server(const OldDialect& dialect, const Place& place);

}  // namespace keyhold::store
