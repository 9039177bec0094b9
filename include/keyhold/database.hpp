// SPDX-License-Identifier: Apache-2.0
// A program's own tables, in the database where Keyhold has its own. Server::migration() makes them; every server
// provides a Database, so a handler takes it as a parameter.
//
//   server.migration("CREATE TABLE notes (owner VARCHAR(36) NOT NULL, text TEXT NOT NULL)");
//   server.post("/notes", [](const keyhold::User& who, const Note& note, keyhold::Database& database) {
//       database.run("INSERT INTO notes (owner, text) VALUES (:a, :b)", who.id(), note.text);
//   });
//   for (const auto& [text] : database.all<std::string>("SELECT text FROM notes WHERE owner = :a", who.id())) ...
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace keyhold {

namespace store {
class Database;
}

namespace detail {
struct NoNumber {};  // NULL where a number stands: PostgreSQL wants to know of which type it is
}  // namespace detail

// Any thread, where waiting is allowed: in handlers On::pool (the default), not On::io. Values are bound, :a being the
// first, :b the second, and never part of the SQL. What is read are whole numbers and text; std::optional where NULL
// may stand. Throws if the database does not answer, which a request is answered 503 for, std::runtime_error for SQL
// that it does not take, for a second statement behind a ';' and for NULL where no std::optional is asked for,
// std::invalid_argument for a text with a NUL and for a parameter in the SQL that gets no value.
class Database {
public:
    explicit Database(store::Database& database) : database_(database) {}

    // One statement in a transaction of its own, which is on disk when this returns: how many rows it found.
    template <class... Values>
    std::int64_t run(const std::string& sql, const Values&... values) {
        return write(sql, {bound(values)...});
    }

    // An INSERT, in a transaction of its own as well. False, and nothing is written, where a row with that key is there
    // already: of two that make it at once, one is told so.
    template <class... Values>
    bool insert(const std::string& sql, const Values&... values) {
        return write_new(sql, {bound(values)...});
    }

    // All rows of a question.
    template <class... Columns, class... Values>
    std::vector<std::tuple<Columns...>> all(const std::string& sql, const Values&... values) {
        std::vector<std::tuple<Columns...>> rows;
        read(sql, letters<Columns...>(), {bound(values)...}, [&](const std::vector<Value>& row) {
            rows.push_back(made<Columns...>(row, std::index_sequence_for<Columns...>()));
        });
        return rows;
    }

    // The first row, if there is one.
    template <class... Columns, class... Values>
    std::optional<std::tuple<Columns...>> find(const std::string& sql, const Values&... values) {
        auto rows = all<Columns...>(sql, values...);
        if (rows.empty()) return std::nullopt;
        return std::move(rows.front());
    }

private:
    using Value = std::variant<std::monostate, std::int64_t, std::string, detail::NoNumber>;
    using OnRow = std::function<void(const std::vector<Value>& row)>;

    template <class T>
    struct Optional : std::false_type {};
    template <class T>
    struct Optional<std::optional<T>> : std::true_type {
        using Type = T;
    };

    template <class T>
    static Value bound(const T& value) {
        if constexpr (Optional<T>::value) {
            if (value) return bound(*value);
            if constexpr (std::is_integral_v<typename Optional<T>::Type>) return detail::NoNumber();
            return Value();
        } else if constexpr (std::is_integral_v<T>)
            return static_cast<std::int64_t>(value);
        else
            return std::string(std::string_view(value));
    }

    template <class T>
    static constexpr char letter() {
        if constexpr (Optional<T>::value)
            return letter<typename Optional<T>::Type>() == 't' ? 'T' : 'I';
        else if constexpr (std::is_same_v<T, std::int64_t>)
            return 'i';
        else {
            static_assert(std::is_same_v<T, std::string>,
                          "a column is std::int64_t, std::string, or optional of these");
            return 't';
        }
    }
    template <class... Columns>
    static std::string letters() {
        return {letter<Columns>()...};
    }

    template <class T>
    static T read_one(const Value& value) {
        if constexpr (Optional<T>::value) {
            if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
            return read_one<typename Optional<T>::Type>(value);
        } else {
            return std::get<T>(value);
        }
    }
    template <class... Columns, std::size_t... at>
    static std::tuple<Columns...> made(const std::vector<Value>& row, std::index_sequence<at...>) {
        return {read_one<Columns>(row[at])...};
    }

    std::int64_t write(const std::string& sql, const std::vector<Value>& values);
    bool write_new(const std::string& sql, const std::vector<Value>& values);
    void read(const std::string& sql, const std::string& columns, const std::vector<Value>& values,
              const OnRow& on_row);

    store::Database& database_;
};

}  // namespace keyhold
