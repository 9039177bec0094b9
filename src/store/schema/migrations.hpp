// SPDX-License-Identifier: Apache-2.0
// The schema, as numbered steps that only go forward.
#pragma once

#include "base/result.hpp"
#include "store/database/driver.hpp"

namespace keyhold::store {

// The schema that this program works with.
int newest_schema();

// The schema of a database; 0 if it has none yet. Throws Unavailable.
int schema_of(Link& link);

// A newer Keyhold was here before: configuration.
Error too_new(int found);

// Brings the database up to newest_schema(), one step after the other; processes that start together wait for each
// other, and what a killed one left half-way is finished by the next. Refused: configuration, if a newer Keyhold was
// here before. After an exception the link must be closed, which undoes the step where the database can.
//
// A step only adds ("expand"), so that programs that are still running go on with the newer schema; what no program
// uses any more is taken away by a step of a later release ("contract"). A program starts only with a schema that it
// knows.
Result<> migrate(Link& link, const Driver& driver);

struct SchemaVersions {
    int older;
    int newer;
};

// All steps from the older to the newer, within the caller's transaction: for databases that undo a schema with it.
// It takes no lock and writes no version. A trial of an adoption (store/adoption/rehearsal.hpp) rolls it back.
void make_schema(Link& link, const Driver& driver, SchemaVersions versions);

}  // namespace keyhold::store
