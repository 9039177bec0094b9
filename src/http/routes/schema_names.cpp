// SPDX-License-Identifier: Apache-2.0
#include "http/routes/schema_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include "base/text.hpp"

namespace keyhold::http {
namespace {

// Between the name, the namespaces and the address in a key; none of them has it.
constexpr char border = '@';

// The namespaces of "... [with T = app::{anonymous}::Note; ...]" as GCC spells it, or Clang, "[T = app::(anonymous
// namespace)::Note]": "app". An OpenAPI name takes letters, digits, '.', '-' and '_' (3.1, Components Object).
std::string namespaces_in(std::string_view spelled) {
    constexpr std::string_view begins = "T = ";
    const std::size_t begin = spelled.find(begins, spelled.rfind('['));
    if (begin == spelled.npos) return {};
    std::string_view type = spelled.substr(begin + begins.size());
    type = type.substr(0, type.find_first_of(";]"));
    std::string names;
    for (std::size_t end = type.find("::"); end != type.npos; end = type.find("::")) {
        const std::string_view part = type.substr(0, end);
        type.remove_prefix(end + 2);
        if (part.empty() || part.front() == '{' || part.front() == '(') continue;  // an unnamed one
        if (!names.empty()) names += '.';
        for (const char c : part)
            if (is_ascii_alphanumeric(c) || c == '_') names += c;
    }
    return names;
}

// The n-th part of "name@namespaces@address"; empty where there are fewer.
std::string_view part_of(std::string_view key, int number) {
    for (; number > 0; --number) {
        const std::size_t end = key.find(border);
        if (end == key.npos) return {};
        key.remove_prefix(end + 1);
    }
    return key.substr(0, key.find(border));
}

std::string_view name_in(std::string_view key) { return part_of(key, 0); }

// Keys that are names alone are written by hand, by us.
std::string_view namespaces_in_key(std::string_view key) {
    return key.find(border) == key.npos ? "keyhold" : part_of(key, 1);
}

constexpr std::string_view reference = R"("$ref":"#/components/schemas/)";

// `json` with name(key) for each key in a reference. Within a string the quotes have backslashes, so text that people
// wrote is left alone.
template <class Name>
std::string with_references(std::string_view json, const Name& name) {
    std::string text;
    for (std::size_t at = json.find(reference); at != json.npos; at = json.find(reference)) {
        text += json.substr(0, at + reference.size());
        json.remove_prefix(at + reference.size());
        const std::string_view key = json.substr(0, json.find('"'));
        text += name(key);
        json.remove_prefix(key.size());
    }
    return text.append(json);
}

// Structs of one name and one schema: whoever refers to one of them may as well refer to another.
struct Group {
    bool ours = true;
    std::string namespaces;
    std::string text;  // the schema, with the names of what it refers to
    std::size_t order = 0;
    std::vector<std::string> keys;
};

// Programs' own structs first, and then by what does not depend on addresses: so names are the same at each start.
bool comes_before(const Group& one, const Group& other) {
    return std::tie(one.ours, one.namespaces, one.text, one.order) <
           std::tie(other.ours, other.namespaces, other.text, other.order);
}

}  // namespace

bool is_schema_of_ours(std::string_view key) {
    const std::string_view names = namespaces_in_key(key);
    return names == "keyhold" || names.starts_with("keyhold.");
}

namespace detail {

// The address makes keys unique within this process, so it must not get into a name.
std::string schema_key(std::string_view name, std::string_view spelled, const void* identity) {
    std::array<char, 2 * sizeof identity> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), reinterpret_cast<std::uintptr_t>(identity), 16).ptr;
    return std::string(name)
        .append(1, border)
        .append(namespaces_in(spelled))
        .append(1, border)
        .append(digits.data(), end);
}

}  // namespace detail

void SchemaNames::add(const std::string& key, const std::string& schema) {
    if (schemas_.emplace(key, schema).second) order_.push_back(key);
}

void SchemaNames::decide() {
    std::map<std::string_view, std::map<std::string_view, Group>> by_name;  // and by schema
    for (const std::string& key : order_) {
        const std::string& schema = schemas_.at(key);
        Group& group = by_name[name_in(key)][schema];
        const std::string_view namespaces = namespaces_in_key(key);
        if (group.keys.empty())
            group = {.ours = is_schema_of_ours(key),
                     .namespaces = std::string(namespaces),
                     .text = with_references(schema, name_in),
                     .order = by_name[name_in(key)].size(),
                     .keys = {}};
        if (group.ours && !is_schema_of_ours(key)) group.ours = false, group.namespaces = namespaces;
        group.keys.push_back(key);
    }
    std::set<std::string, std::less<>> taken;
    // All plain names are taken before any longer one is given, as "a.B" may be somebody's plain name.
    for (const auto& [name, groups] : by_name) taken.emplace(name);
    for (const auto& [name, by_schema] : by_name) {
        std::vector<const Group*> groups;
        for (const auto& [schema, group] : by_schema) groups.push_back(&group);
        std::ranges::sort(groups, [](const Group* one, const Group* other) { return comes_before(*one, *other); });
        for (const Group* const group : groups) {
            std::string called(name);  // of the first alone
            if (group != groups.front()) {
                const std::string full = (group->namespaces.empty() ? "" : group->namespaces + ".") + called;
                called = full;
                for (int number = 2; !taken.insert(called).second; ++number)
                    called = full + "." + std::to_string(number);
            }
            for (const std::string& key : group->keys) names_[key] = called;
        }
    }
}

std::string SchemaNames::of(const std::string& key) const {
    const auto found = names_.find(key);
    return found == names_.end() ? std::string(name_in(key)) : found->second;
}

std::map<std::string, std::string> SchemaNames::schemas() const {
    std::map<std::string, std::string> named;
    for (const auto& [key, schema] : schemas_) named.emplace(of(key), schema);
    return named;
}

std::string SchemaNames::resolved(std::string_view json) const {
    return with_references(json, [this](std::string_view key) { return of(std::string(key)); });
}

}  // namespace keyhold::http
