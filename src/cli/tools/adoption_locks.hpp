// SPDX-License-Identifier: Apache-2.0
// Which columns of an application's table say who may log in there.
#pragma once

#include "cli/tools/adoption_report.hpp"

namespace keyhold::cli {

// Into `users.table.locks` what is followed, and into `unclear` and `verified` what is not. Refused: configuration, for
// a column that was named and cannot be followed.
Result<> find_locks(store::ForeignDatabase& database, const TableNames& names, ForeignUsers& users);

// What is written in SQL as it stands: nothing that any of the databases reads as an escape.
Result<> check_text(std::string_view text);

}  // namespace keyhold::cli
