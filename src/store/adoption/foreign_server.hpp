// SPDX-License-Identifier: Apache-2.0
// ForeignDatabase for a PostgreSQL or MariaDB.
#pragma once

#include "store/adoption/foreign_database.hpp"

namespace keyhold::store {

// Throws Unavailable.
Result<std::unique_ptr<ForeignDatabase>> open_foreign_server(const ForeignDialect& dialect,
                                                             const DatabaseLocation& location);

}  // namespace keyhold::store
