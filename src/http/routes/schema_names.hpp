// SPDX-License-Identifier: Apache-2.0
// The names of the schemas in the OpenAPI document: those of their structs, unless two have the same one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keyhold/http/schema_key.hpp"

namespace keyhold::http {

// Whether the key is of a struct of Keyhold's, and not of a program that is made of it.
bool is_schema_of_ours(std::string_view key);

// One thread.
// Used once, when the document is made: add() for all, then decide(), then of(), schemas() and resolved().
class SchemaNames {
public:
    // A key of schema_key_of(), or a name, which is one of ours. Two of one name and text are the same schema. What is
    // there already stays.
    void add(const std::string& key, const std::string& schema);

    // When all are there. A program's own struct keeps its name where one of ours has it too; whatever else has a name
    // that others have stands behind its namespace ("keyhold.api.Session"), and where that is the same, before a
    // number. It is the same at each start, wherever the loader has put the program.
    void decide();

    // From decide() on. An unknown key is its own name.
    std::string of(const std::string& key) const;
    // Name -> schema, in which references still name keys.
    std::map<std::string, std::string> schemas() const;
    // JSON with names instead of keys in its references. Once: a name may be another one's key.
    std::string resolved(std::string_view json) const;

private:
    Schemas schemas_;
    std::vector<std::string> order_;                         // of the keys
    std::map<std::string, std::string, std::less<>> names_;  // key -> name
};

}  // namespace keyhold::http
