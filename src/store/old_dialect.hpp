// How each database speaks of tables that are not ours: what there is, looking at it, and the triggers of an adoption.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/adoption_store.hpp"

namespace keyhold::store {

struct OldColumn {
    std::string name, type;
    bool is_required = false;  // NOT NULL without a default
    bool is_key = false;       // of the primary key
    bool is_unique = false;    // alone
};

// What is asked of their table while it is adopted.
struct OldQueries {
    std::string user_by_id;      // :a id -> name, password hash, whether active
    std::string ids_from_first;  // :a how many -> id, in the order of ids
    std::string ids_after;       // :a id, :b how many -> id
};

struct OldDialect {
    std::string_view scheme;        // of its driver
    std::string_view tables;        // names of the tables that may be theirs
    std::string_view our_tables;    // names of ours
    std::string_view our_triggers;  // statements that drop the triggers of an adoption

    // A query for the columns of a table: name, type, whether it is required, of the key, unique (1 or 0).
    std::string (*columns)(std::string_view table);
    std::string (*count)(std::string_view table);  // a query for the number of its rows
    // A query for these columns of all its rows, as texts.
    std::string (*select)(std::string_view table, const std::vector<std::string>& columns);
    OldQueries (*queries)(const OldTable& table);
    // A query for all users in the order of ids: id, name, password hash, whether active.
    std::string (*users)(const OldTable& table);
    // The statements that make the triggers. `columns` are those of the table: what is required there and unknown to us
    // gets a value.
    std::vector<std::string> (*triggers)(const OldTable& table, const std::vector<OldColumn>& columns);
};

// Null for a database whose tables we cannot adopt.
const OldDialect* find_dialect(std::string_view scheme);

// What a required column gets that we know nothing of; empty if there is nothing sensible.
std::string value_for(const OldTable& table, const OldColumn& column);

}  // namespace keyhold::store
