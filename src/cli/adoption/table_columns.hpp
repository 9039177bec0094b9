// SPDX-License-Identifier: Apache-2.0
// Which columns of another application's table are meant, by their names and by what stands in them.
#pragma once

#include <string>
#include <vector>

#include "domain/adoption/account_record.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::cli {

// Whether the table has no row. The first one is looked for, and none is counted.
bool is_empty(store::ForeignDatabase& database, const std::string& table,
              const std::vector<store::ForeignColumn>& columns);

// Whether the first rows of a column hold hashes that we know, or nothing.
bool holds_hashes(store::ForeignDatabase& database, const std::string& table, const store::ForeignColumn& column);

// Columns of salts in which somebody has one. bcrypt and the like have theirs within the hash: one of its own beside it
// is put before the password there.
std::vector<std::string> find_salts(store::ForeignDatabase& database, const std::string& table,
                                    const std::vector<store::ForeignColumn>& columns);

// Pointers into `columns`; null if there is none. `named`: what the command line says; empty: to be found.

// By what applications call it.
const store::ForeignColumn* find_column(const std::vector<store::ForeignColumn>& columns, domain::Column wanted,
                                        const std::string& named);
// By its name, or else the only one whose rows are hashes.
const store::ForeignColumn* find_password(store::ForeignDatabase& database, const std::string& table,
                                          const std::vector<store::ForeignColumn>& columns, const std::string& named);
// By which people log in there. What is called a username and is not unique is somebody's name, where another column is
// unique; what no row has is nobody's name; and of two unique ones that is meant which all have.
const store::ForeignColumn* find_name(store::ForeignDatabase& database, const std::string& table,
                                      const std::vector<store::ForeignColumn>& columns, const std::string& named);

}  // namespace keyhold::cli
