// OldDatabase for a SQLite file.
#pragma once

#include "store/old_database.hpp"

namespace keyhold::store {

// Refused: configuration, if there is no such file.
Result<std::unique_ptr<OldDatabase>> open_old_sqlite(const OldDialect& dialect, const std::string& path);

}  // namespace keyhold::store
