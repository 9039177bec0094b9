// SPDX-License-Identifier: Apache-2.0
// The schema, step by step, the same for every database.
#pragma once

#include <span>
#include <string_view>

namespace keyhold::store {

// The statements that make schema N out of schema N-1. A step that was released never changes: add another.
// Our tables carry a prefix, as the database may be shared with the application's own.
// An index is dropped by DROP INDEX name ON table.
// {compared} is a type whose texts are compared byte by byte, {now} the database's time; times are seconds since 1970,
// UTC.
using Step = std::span<const std::string_view>;

// The first one makes schema 1.
std::span<const Step> migration_steps();
// Its parts: two files, as one would be longer than a reader wants.
std::span<const Step> first_migration_steps();  // up to schema 25

// Whether a statement of a step changes rows, and not what tables there are: every database undoes the first with the
// transaction that it stood in.
constexpr bool changes_rows(std::string_view statement) {
    return statement.starts_with("INSERT") || statement.starts_with("UPDATE") || statement.starts_with("DELETE");
}

}  // namespace keyhold::store
