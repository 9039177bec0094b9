// The schema, as numbered steps that only go forward.
#pragma once

#include "base/result.hpp"
#include "store/driver.hpp"

namespace keyhold::store {

// The schema that this program works with.
int newest_schema();

// The schema of a database; 0 if it has none yet. Throws soci_error if it is no database of ours at all.
int schema_of(soci::session& session);

// Brings the database up to newest_schema(), each step in a transaction of its own; processes that start
// together wait for each other. Refused: configuration, if a newer Keyhold was here before. After an
// exception the session must be closed, which rolls the step back.
Result<> migrate(soci::session& session, const Driver& driver);

}  // namespace keyhold::store
