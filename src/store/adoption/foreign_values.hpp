// SPDX-License-Identifier: Apache-2.0
// What a row of another application's table gets when somebody registers at Keyhold.
//
// Nothing is made up: a column that must have a value and of which nobody knows what it means has none here, and so
// nobody can register until somebody says what it gets. A 0 or an empty text there is a row that the application cannot
// read.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "store/adoption/dialect.hpp"

namespace keyhold::store {

// What the trigger says of a new account, where people register at the application alone.
inline constexpr std::string_view no_registration = "keyhold: people register at the adopted application alone";

// The columns of a new row of theirs that an account makes, and what each of them gets.
struct ForeignValues {
    std::string columns, values, id;  // `id` is what that column gets; empty: the database counts
};
ForeignValues values_of_new_row(const ForeignDialect& dialect, const ForeignTable& table,
                                const std::vector<ForeignColumn>& columns);

// What a column gets when somebody registers at Keyhold, as SQL; empty if nothing is needed or nobody knows.
std::string value_for_new_row(const ForeignTable& table, const ForeignColumn& column);

// Whether a new row needs something of this column that values_of_new_row() does not have.
bool is_unknown(const ForeignTable& table, const ForeignColumn& column);

// Whether a new user gets a no there, as nobody knows better.
bool is_no_by_default(const ForeignTable& table, const ForeignColumn& column);

// Whether a column says when a row came or was changed, or somebody was last here; not when somebody was born, or when
// something ends.
bool is_moment_of_row(const ForeignColumn& column);

// The moment of the statement for a column of a type of dates or times.
std::string now_of(const ForeignDialect& dialect, std::string_view type);

// Whether more than one user may have the same there without harm: no name of a role, group or right.
bool may_be_shared(const ForeignColumn& column);

// Whether a name of a type or a column holds one of these.
bool holds_one_of(std::string_view name, std::initializer_list<std::string_view> words);

// Whether a text is no longer than the n of "varchar(n)".
bool fits(std::string_view type, std::string_view text);

// Whether a type holds texts, by its name in lower case; whole numbers; a yes or no.
bool is_text(std::string_view type);
bool is_whole_number(std::string_view type);
bool is_yes_or_no(std::string_view type);

}  // namespace keyhold::store
