// SPDX-License-Identifier: Apache-2.0
// Rows as structs, and SQL whose columns and parameters are counted by the compiler.
//
//   struct Key { std::string kid; std::optional<Time> dropped; };
//   KEYHOLD_ROW(Key, (kid), (dropped, column("dropped_at")))
//
//   constexpr Query<"SELECT {} FROM keyhold_keys WHERE kid = :a", "t", Key> select_one;
//   std::optional<Key> key = connection.find(select_one, "k1");
//   connection.insert(Insert<"keyhold_keys", Key>{}, *key);
//
// The list of members is the only list of columns: it makes the text behind SELECT and INSERT, and the order in which
// values are bound and read. The macro stands in the namespace of the struct, behind it. A member is a std::string, a
// bool, a std::int64_t, a Time (seconds since 1970), an Id, a RoleSet, an enum (its number), or a std::optional of one,
// whose column may hold NULL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "keyhold/fields.hpp"
#include "store/database/made_text.hpp"
#include "store/database/rows.hpp"
#include "store/database/statement.hpp"
#include "store/role_set.hpp"

namespace keyhold::store {

// The name of a member's column, where it is not the member's.
struct Column {
    std::string_view name;
};
constexpr Column column(std::string_view name) { return {name}; }

// Of an optional time in a column that is NOT NULL: 0 stands for none, as before columns could be NULL.
struct ZeroIsNone {};
constexpr ZeroIsNone zero_is_none() { return {}; }

// How a value stands in a column: its letter in Sql, how it is bound and how it is read.
template <class T>
struct Stored;

template <class T>
requires std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> || std::is_same_v<T, const char*>
struct Stored<T> {
    static constexpr char letter = 't';
    static Parameter bound(const T& value) { return std::string_view(value); }
    static T read(const Statement& row, std::size_t at) { return row.text(at); }
};
template <class T>
requires std::is_integral_v<T> || std::is_enum_v<T>
struct Stored<T> {
    static constexpr char letter = 'i';
    static Parameter bound(T value) { return static_cast<std::int64_t>(value); }
    static T read(const Statement& row, std::size_t at) {
        if constexpr (std::is_same_v<T, bool>)
            return row.integer(at) != 0;
        else
            return static_cast<T>(row.integer(at));
    }
};
template <>
struct Stored<Time> {
    static constexpr char letter = 'i';
    static Parameter bound(Time value) { return std::int64_t{value.time_since_epoch().count()}; }
    static Time read(const Statement& row, std::size_t at) { return Time(std::chrono::seconds(row.integer(at))); }
};
// Read only. A text that is no id of ours gives the nil UUID (RFC 9562 §5.9), which is nobody's.
template <>
struct Stored<Id> {
    static constexpr char letter = 't';
    static Id read(const Statement& row, std::size_t at) { return parse_id(row.text(at)).value_or(Id{}); }
};
template <>
struct Stored<RoleSet> {
    static constexpr char letter = 't';
    static Parameter bound(const RoleSet& value) { return std::string_view(value.names()); }
    static RoleSet read(const Statement& row, std::size_t at) { return RoleSet::of(row.text(at)); }
};
// A capital letter: NULL may stand there.
template <class T>
struct Stored<std::optional<T>> {
    static constexpr char letter = static_cast<char>(Stored<T>::letter - 'a' + 'A');
    static Parameter bound(const std::optional<T>& value) { return value ? Stored<T>::bound(*value) : Null{}; }
    static std::optional<T> read(const Statement& row, std::size_t at) {
        return row.is_null(at) ? std::nullopt : std::optional<T>(Stored<T>::read(row, at));
    }
};
// As above where the rule zero_is_none() stands beside the member.
template <class T>
struct StoredWithZero;
template <>
struct StoredWithZero<std::optional<Time>> {
    static constexpr char letter = 'i';
    static Parameter bound(const std::optional<Time>& value) { return Stored<Time>::bound(value.value_or(Time{})); }
    static std::optional<Time> read(const Statement& row, std::size_t at) {
        return row.integer(at) != 0 ? std::optional(Stored<Time>::read(row, at)) : std::nullopt;
    }
};

template <class T>
concept Row = requires {
    keyhold_row(static_cast<const T*>(nullptr));
};

namespace detail {

template <class T>
inline constexpr auto members_of = keyhold_row(static_cast<const T*>(nullptr));
template <class T>
inline constexpr std::size_t width_of = decltype(members_of<T>)::count;

// Becomes whatever a member is, to ask how many members an aggregate has; never called.
struct AnyMember {
    template <class Member>
    operator Member() const;
};
// Whether braces around so many values make a T: of an aggregate, up to as many as it has members.
template <class T, std::size_t... I>
constexpr bool takes_values(std::index_sequence<I...>) {
    return requires { T{(static_cast<void>(I), AnyMember{})...}; };
}
template <class T>
inline constexpr bool describes_all_members = takes_values<T>(std::make_index_sequence<width_of<T>>{}) &&
                                              !takes_values<T>(std::make_index_sequence<width_of<T> + 1>{});

template <class... Rules>
constexpr std::string_view column_name(std::string_view member, const std::tuple<Rules...>& rules) {
    if constexpr ((std::is_same_v<Rules, Column> || ...))
        return std::get<Column>(rules).name;
    else
        return member;
}
template <class Field>
struct StoredMember;
template <class Class, class Member, class... Rules>
struct StoredMember<Field<Class, Member, Rules...>>
    : std::conditional_t<(std::is_same_v<Rules, ZeroIsNone> || ...), StoredWithZero<Member>, Stored<Member>> {};
template <class Field>
using StoredAs = StoredMember<std::remove_cvref_t<Field>>;

// Visits the members in the order of KEYHOLD_ROW, which is the order of columns and of values everywhere.
template <Row T, class Visit>
constexpr void for_each_member(Visit&& visit) {
    members_of<T>.apply([&](const auto&... member) { (visit(member), ...); });
}

// "id, name", or "a.id, a.name" with an alias.
template <Row T>
constexpr MadeText columns_text(std::string_view alias) {
    MadeText text;
    for_each_member<T>([&](const auto& member) {
        if (!text.empty()) text += ", ";
        if (!alias.empty()) text.append(alias).append(".");
        text += column_name(member.name, member.rules);
    });
    return text;
}
// The letters of Sql for a described row, or for one value.
template <class T>
constexpr MadeText letters_of() {
    MadeText letters;
    if constexpr (Row<T>)
        for_each_member<T>([&](const auto& member) { letters += StoredAs<decltype(member)>::letter; });
    else
        letters += Stored<T>::letter;
    return letters;
}
constexpr char letter_of_place(std::size_t at) {
    if (at >= 26) throw "a statement has more than 26 parameters";
    return static_cast<char>('a' + at);
}

// A string literal as an argument of a template.
template <std::size_t N>
struct Literal {
    char text[N]{};
    consteval Literal(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

// A ':' and one letter, as rewrite() finds them. Every parameter must be used, and be there.
constexpr bool uses_its_parameters(std::string_view text, std::size_t count) {
    const auto is_letter = [&](std::size_t at) { return at < text.size() && text[at] >= 'a' && text[at] <= 'z'; };
    std::array<bool, 26> used{};
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != ':') continue;
        if (!is_letter(at + 1) || is_letter(at + 2)) throw "a parameter of SQL is ':' and one letter";
        used[static_cast<std::size_t>(text[at + 1] - 'a')] = true;
    }
    for (std::size_t i = 0; i < used.size(); ++i)
        if (used[i] != (i < count)) return false;
    return true;
}

// As text.find() does: what that compares is no constant for g++ 12 where the undefined-behaviour sanitizer is on.
constexpr std::size_t position_of(std::string_view text, std::string_view wanted) {
    for (std::size_t i = 0; i + wanted.size() <= text.size(); ++i)
        if (text.substr(i, wanted.size()) == wanted) return i;
    return text.npos;
}

// Whether there is one column alone between SELECT and FROM.
constexpr bool selects_one(std::string_view text) {
    constexpr std::string_view select = "SELECT ";
    if (!text.starts_with(select)) return false;
    int depth = 0;
    for (const char c : text.substr(select.size(), position_of(text, " FROM ") - select.size())) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) return false;
    }
    return true;
}

// The text with the columns of the next row in the place of each "{}", or "{s}" for those of a table `s`.
template <class... Rows>
constexpr MadeText with_columns(std::string_view text) {
    MadeText made;
    const auto up_to_brace = [&] {
        const std::size_t brace = position_of(text, "{");
        made += text.substr(0, brace);
        text.remove_prefix(brace == text.npos ? text.size() : brace + 1);
        return brace != text.npos;
    };
    [[maybe_unused]] const auto add = [&]<class T>(const T*) {
        if constexpr (Row<T>) {
            if (!up_to_brace()) throw "the SQL has no {} for one of its rows";
            const std::size_t end = position_of(text, "}");
            made += columns_text<T>(text.substr(0, end)).view();
            text.remove_prefix(end + 1);
        }
    };
    (add(static_cast<const Rows*>(nullptr)), ...);
    if (up_to_brace()) throw "the SQL has a {} for which there is no row";
    return made;
}

// Text literals are views.
template <class T>
using Plain = std::conditional_t<std::is_array_v<T>, std::string_view, T>;

// Whether these values go to parameters of these letters; to one that may be NULL, values do that may not.
template <class... Args>
constexpr bool fit(std::string_view letters) {
    constexpr std::array<char, sizeof...(Args)> given{Stored<Plain<Args>>::letter...};
    if (given.size() != letters.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i)
        if (given[i] != letters[i] && given[i] - 'a' + 'A' != letters[i]) return false;
    return true;
}

}  // namespace detail

// SQL that takes values of these types (letters, as in Sql) and gives such rows: structs that are described, or one
// value alone. Several structs come as a tuple.
template <detail::Literal Text, detail::Literal Parameters = "", class... Rows>
struct Query {
    static_assert((Row<Rows> && ...) || (sizeof...(Rows) == 1 && detail::selects_one(Text.view())),
                  "a query gives described rows, or one column");
    using Text_ = detail::Kept<[] { return detail::with_columns<Rows...>(Text.view()); }>;
    using Columns_ = detail::Kept<[] {
        detail::MadeText all;
        (all.append(detail::letters_of<Rows>().view()), ...);
        return all;
    }>;
    static constexpr auto parameters = Parameters;
    static_assert(detail::uses_its_parameters(Text_::text, Parameters.view().size()),
                  "the SQL and the letters of its parameters are not as many");
    static constexpr Sql sql{Text_::text, parameters.view(), Columns_::text};
};

namespace detail {

// The parameters are the row's columns in their order, so ":name" in the expression is the letter of that column's
// place.
template <Row T>
constexpr MadeText insert_text(std::string_view table, std::string_view changed, std::string_view expression) {
    const auto letter_of = [](std::string_view wanted) {
        std::size_t at = 0, found = width_of<T>;
        for_each_member<T>([&](const auto& member) {
            if (column_name(member.name, member.rules) == wanted) found = at;
            ++at;
        });
        if (found == width_of<T>) throw "there is no such column in the row";
        return letter_of_place(found);
    };
    MadeText values;
    std::size_t at = 0;
    for_each_member<T>([&](const auto& member) {
        if (!values.empty()) values += ", ";
        if (column_name(member.name, member.rules) != changed) {
            values += ':';
            values += letter_of_place(at++);
            return;
        }
        ++at;
        for (std::size_t i = 0; i < expression.size();) {
            values += expression[i++];
            if (values.back() != ':') continue;
            std::size_t end = i;
            while (end < expression.size() &&
                   (expression[end] == '_' || (expression[end] >= 'a' && expression[end] <= 'z')))
                ++end;
            values += letter_of(expression.substr(i, end - i));
            i = end;
        }
    });
    MadeText text;
    text.append("INSERT INTO ")
        .append(table)
        .append(" (")
        .append(columns_text<T>("").view())
        .append(") VALUES (")
        .append(values.view())
        .append(")");
    return text;
}

}  // namespace detail

// The INSERT of a whole row. `Changed` may name one column that gets `Expression` instead of its value; there, ":name"
// is the value of a column of the row.
template <detail::Literal Table, Row T, detail::Literal Changed = "", detail::Literal Expression = "">
struct Insert {
    using Text_ = detail::Kept<[] { return detail::insert_text<T>(Table.view(), Changed.view(), Expression.view()); }>;
    using Parameters_ = detail::Kept<[] { return detail::letters_of<T>(); }>;
    static constexpr Sql sql{Text_::text, Parameters_::text, ""};
};

// The row's values, in the order of its columns. They refer to texts of the row, which has to outlive them.
template <Row T>
std::array<Parameter, detail::width_of<T>> bound(const T&& row) = delete;
template <Row T>
std::array<Parameter, detail::width_of<T>> bound(const T& row) {
    return detail::members_of<T>.apply([&](const auto&... member) {
        return std::array<Parameter, detail::width_of<T>>{
            detail::StoredAs<decltype(member)>::bound(row.*member.pointer)...};
    });
}

// The current row of a statement; `at` is its first column, and then the one behind its last.
template <class T>
T read_row(const Statement& statement, std::size_t& at) {
    if constexpr (Row<T>) {
        T made{};
        detail::for_each_member<T>([&](const auto& member) {
            made.*member.pointer = detail::StoredAs<decltype(member)>::read(statement, at++);
        });
        return made;
    } else {
        return Stored<T>::read(statement, at++);
    }
}
template <class... Rows>
auto read_rows(const Statement& statement) {
    std::size_t at = 0;
    if constexpr (sizeof...(Rows) == 1)
        return (read_row<Rows>(statement, at), ...);
    else
        return std::tuple<Rows...>{read_row<Rows>(statement, at)...};  // from left to right, as braces promise
}
template <class... Rows>
using RowOf = decltype(read_rows<Rows...>(std::declval<const Statement&>()));

// For SQL that is made when the program runs: the letters of a described row's columns.
template <Row T>
constexpr std::string_view columns_read = detail::Kept<[] { return detail::letters_of<T>(); }>::text;

// Its columns, of a table that the SQL calls `alias`.
template <Row T>
std::string columns_named(std::string_view alias) {
    return std::string(detail::columns_text<T>(alias).view());
}

// Rows of a table to be loaded together (Link::load), of which no text is copied.
template <Row T>
Rows rows_of(std::string_view table) {
    return {table, detail::Kept<[] { return detail::columns_text<T>(""); }>::text, columns_read<T>, {}};
}

// KEYHOLD_ROW(Type, (member, rule...), ...): up to 32 members.
#define KEYHOLD_ROW(Type, ...)                                                       \
    [[maybe_unused]] constexpr auto keyhold_row(const Type*) {                       \
        using Described_ [[maybe_unused]] = Type;                                    \
        return ::keyhold::detail::entries(KEYHOLD_EACH(KEYHOLD_FIELD, __VA_ARGS__)); \
    }                                                                                \
    static_assert(::keyhold::store::detail::describes_all_members<Type>,             \
                  "each member of " #Type " is a column: one is missing from KEYHOLD_ROW");

}  // namespace keyhold::store
