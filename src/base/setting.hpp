// SPDX-License-Identifier: Apache-2.0
// A setting: its name, what it is when nobody sets it, and where its value goes. A feature declares its own: a struct,
// a row for each member, and a Section of them that src/server/settings/sections.cpp lists. From the row follow the
// flag, the variable, `config show`, docs/configuration.md and the errors; handlers take the struct as a parameter,
// `const T&`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/same.hpp"
#include "base/secret.hpp"

namespace keyhold {

// What a setting is about: the help of a command shows those that it looks at (cli/parse.cpp).
enum class Topic : std::uint8_t { server, database, keys, sessions, passwords };

struct Section;

// One row of a table. Function pointers and no virtual functions, so that rows are constants of the program.
struct Setting {
    std::string_view name;      // the flag is --name-with-dashes, the variable KEYHOLD_NAME
    std::string_view variable;  // the tutorial's own environment variable, if it has one
    std::string_view fallback;  // the default, as one would write it
    std::string_view dev;       // `keyhold dev` has this default instead, unless it is "="
    std::string_view help;
    bool secret;                                                     // never a flag, never shown
    Result<> (*set)(void* object, std::string_view text) = nullptr;  // object: the struct of its section
    std::string (*show)(const void* object) = nullptr;
    bool reloadable = false;  // at SIGHUP
    // The text with its relative paths in this folder: that of the file which it was written in, or the state_dir, for
    // a default. Null where it can hold no path.
    std::string (*in_folder)(std::string_view text, const std::filesystem::path& folder) = nullptr;
    Topic topic = Topic::server;
    const Section* section = nullptr;  // null: one of server::Settings
    // Whether two structs have the same value. Null: they have if it is shown alike, which secrets always are.
    bool (*same)(const void* a, const void* b) = nullptr;
    bool is_same(const void* a, const void* b) const { return same != nullptr ? same(a, b) : show(a) == show(b); }
};

// Text into a value. Refused: configuration, with what is wrong as the end of a sentence ("is not a whole number").
Result<> read_setting(std::string& member, std::string_view text);
Result<> read_setting(Secret& member, std::string_view text);
Result<> read_setting(std::int64_t& member, std::string_view text);
Result<> read_setting(bool& member, std::string_view text);                      // true, false, 1, 0
Result<> read_setting(std::vector<std::string>& member, std::string_view text);  // separated by commas
Result<> read_setting(std::optional<Time>& member, std::string_view text);  // RFC 3339, or a day: its midnight, UTC

// And back. A secret is "(set)" or "".
std::string show_setting(const std::string& member);
std::string show_setting(const Secret& member);
std::string show_setting(std::int64_t member);
std::string show_setting(bool member);
std::string show_setting(const std::vector<std::string>& member);
std::string show_setting(const std::optional<Time>& member);

Result<> read_setting_between(std::int64_t& member, std::string_view text, std::int64_t low, std::int64_t high);

// `text` as a path in that folder; an empty one stays empty.
std::string path_in_folder(std::string_view text, const std::filesystem::path& folder);

namespace detail {
template <class Member>
struct MemberOf;
template <class Object, class Value>
struct MemberOf<Value Object::*> {
    using Of = Object;
};
template <auto member>
using ObjectOf = typename MemberOf<decltype(member)>::Of;

template <auto member>
Result<> set_member(void* object, std::string_view text) {
    return read_setting(static_cast<ObjectOf<member>*>(object)->*member, text);
}
template <auto member, std::int64_t low, std::int64_t high>
Result<> set_number(void* object, std::string_view text) {
    return read_setting_between(static_cast<ObjectOf<member>*>(object)->*member, text, low, high);
}
template <auto member>
std::string show_member(const void* object) {
    return show_setting(static_cast<const ObjectOf<member>*>(object)->*member);
}

template <auto member>
bool same_member(const void* a, const void* b) {
    return are_same(static_cast<const ObjectOf<member>*>(a)->*member, static_cast<const ObjectOf<member>*>(b)->*member);
}

template <class Object, Result<> (*set)(Object&, std::string_view)>
Result<> set_object(void* object, std::string_view text) {
    return set(*static_cast<Object*>(object), text);
}
template <class Object, std::string (*show)(const Object&)>
std::string show_object(const void* object) {
    return show(*static_cast<const Object*>(object));
}
}  // namespace detail

// A row: setting<&Settings::from>("mail_from", "", "Who the mails are from").
template <auto member>
constexpr Setting setting(std::string_view name, std::string_view fallback, std::string_view help) {
    return {name, {}, fallback, "=", help, false, detail::set_member<member>, detail::show_member<member>};
}
// Never a flag and never shown: the member is a Secret.
template <auto member>
constexpr Setting secret_setting(std::string_view name, std::string_view help) {
    Setting setting{name, {}, {}, "=", help, true, detail::set_member<member>, detail::show_member<member>};
    setting.same = detail::same_member<member>;
    return setting;
}
// A whole number within bounds, both allowed.
template <auto member, std::int64_t low, std::int64_t high>
constexpr Setting number_setting(std::string_view name, std::string_view fallback, std::string_view help) {
    return {name, {}, fallback, "=", help, false, detail::set_number<member, low, high>, detail::show_member<member>};
}
// What setting() gave, as a path: a relative one is relative to the file that it stands in.
constexpr Setting path_setting(Setting setting) {
    setting.in_folder = path_in_folder;
    return setting;
}
// What one of them gave, for what is read anew at SIGHUP.
constexpr Setting reloaded_setting(Setting setting) {
    setting.reloadable = true;
    return setting;
}
// What setting() gave, with another default in `keyhold dev`.
constexpr Setting otherwise_in_dev(std::string_view fallback, Setting setting) {
    setting.dev = fallback;
    return setting;
}

// Settings that belong together: a table [name] of keyhold.toml in which `mail_from` is written as `from`, or, in a
// list, as many tables [[name]] as there are things; a list has neither flags nor variables. Without a name they stand
// at the top of the file. Static: it is looked at as long as the program runs.
struct Section {
    std::string_view name;
    std::string_view about;  // a sentence for docs/configuration.md
    std::span<const Setting> rows;
    bool is_list;
    std::type_index type;  // of the struct; in a list, of a std::vector of them
    std::shared_ptr<void> (*make)();
    void* (*next)(void* all);  // where the next table's values go: the struct itself; in a list, a new item
    std::size_t (*count)(const void* all);
    const void* (*item)(const void* all, std::size_t index);
    // All that is wrong with a struct and that no single row can see, so that an operator can mend it together: errors
    // of the row `configuration`. Null: nothing is looked at.
    std::vector<Error> (*check)(const void* object) = nullptr;
};

namespace detail {
template <class T, std::vector<Error> (*check)(const T&)>
constexpr auto check_of() {
    if constexpr (check == nullptr)
        return static_cast<std::vector<Error> (*)(const void*)>(nullptr);
    else
        return +[](const void* object) { return check(*static_cast<const T*>(object)); };
}
}  // namespace detail

// One struct: the table [name]. `T` is what handlers ask for.
template <class T, std::vector<Error> (*check)(const T&) = nullptr>
Section make_section(std::string_view name, std::string_view about, std::span<const Setting> rows) {
    return {.name = name,
            .about = about,
            .rows = rows,
            .is_list = false,
            .type = typeid(T),
            .make = [] { return std::shared_ptr<void>(std::make_shared<T>()); },
            .next = [](void* all) { return all; },
            .count = [](const void*) { return std::size_t{1}; },
            .item = [](const void* all, std::size_t) { return all; },
            .check = detail::check_of<T, check>()};
}

// Any number of them: [[name]]. Handlers ask for a std::vector<T>.
template <class T, std::vector<Error> (*check)(const T&) = nullptr>
Section make_list_section(std::string_view name, std::string_view about, std::span<const Setting> rows) {
    using All = std::vector<T>;
    return {.name = name,
            .about = about,
            .rows = rows,
            .is_list = true,
            .type = typeid(All),
            .make = [] { return std::shared_ptr<void>(std::make_shared<All>()); },
            .next = [](void* all) -> void* { return &static_cast<All*>(all)->emplace_back(); },
            .count = [](const void* all) { return static_cast<const All*>(all)->size(); },
            .item = [](const void* all, std::size_t index) -> const void* {
                return &(*static_cast<const All*>(all))[index];
            },
            .check = detail::check_of<T, check>()};
}

// The structs of all sections, each under its type. Copies share them: nobody changes one once it is loaded.
// Keyed by type: a handler that takes a `const T&` gets the struct of the section whose struct is T.
class SectionValues {
public:
    // Throws std::logic_error if no section has that struct.
    template <class T>
    const T& get() const {
        return *static_cast<const T*>(find(typeid(T)));
    }
    // With the struct's own values, which loading changes.
    void add(const Section& section) { values_[section.type] = section.make(); }
    void* find(std::type_index type) const { return shared(type).get(); }
    const std::shared_ptr<void>& shared(std::type_index type) const {
        const auto found = values_.find(type);
        if (found == values_.end()) throw std::logic_error(std::string("no section has a ") + type.name());
        return found->second;
    }

private:
    std::map<std::type_index, std::shared_ptr<void>> values_;
};

}  // namespace keyhold
