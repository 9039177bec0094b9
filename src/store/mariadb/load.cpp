// SPDX-License-Identifier: Apache-2.0
// Rows by the array: one execution, one packet, many rows
// (https://mariadb.com/kb/en/bulk-insert-column-wise-binding/).
#include "store/mariadb/link.hpp"
#include "store/mariadb/statement.hpp"

namespace keyhold::store::mariadb {

namespace {

// Of one packet; a server's max_allowed_packet is 16 MiB, but somebody may have made it smaller.
constexpr std::size_t most_bytes = 524'288;

// The values of one column, as the client library wants them: side by side.
struct Column {
    bool is_text;
    std::vector<char*> texts = {};
    std::vector<unsigned long> lengths = {};
    std::vector<long long> numbers = {};
    std::vector<char> indicators = {};  // which of them are NULL

    void add(const Parameter& cell) {
        const auto* const text = std::get_if<std::string_view>(&cell);
        const auto* const number = std::get_if<std::int64_t>(&cell);
        // It is only read. A null pointer would be NULL, not ''.
        if (is_text) texts.push_back(const_cast<char*>(text != nullptr && text->data() != nullptr ? text->data() : ""));
        if (is_text) lengths.push_back(text != nullptr ? text->size() : 0);
        if (!is_text) numbers.push_back(number != nullptr ? *number : 0);
        indicators.push_back(std::holds_alternative<Null>(cell) ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
    }
    MYSQL_BIND bound() {
        MYSQL_BIND slot{};
        slot.buffer_type = is_text ? MYSQL_TYPE_STRING : MYSQL_TYPE_LONGLONG;
        slot.buffer = is_text ? static_cast<void*>(texts.data()) : static_cast<void*>(numbers.data());
        slot.length = is_text ? lengths.data() : nullptr;
        slot.u.indicator = indicators.data();
        return slot;
    }
};

// About what a row takes in a packet, and not less.
std::size_t bytes_of(std::span<const Parameter> row) {
    constexpr std::size_t of_any = 16;  // a number, or a text's length
    std::size_t bytes = 0;
    for (const Parameter& cell : row) {
        const auto* const text = std::get_if<std::string_view>(&cell);
        bytes += of_any + (text != nullptr ? text->size() : 0);
    }
    return bytes;
}

class Insert {
public:
    Insert(MYSQL* handle, const Rows& rows) : rows_(rows), prepared_(libmariadb().statement_init(handle)) {
        if (!prepared_) throw Unavailable("mariadb: out of memory");
        const std::string text = insert_statement(rows);
        const std::string rewritten = rewrite({text, rows.types, ""}, Placeholder::question_mark).text;
        require(libmariadb().statement_prepare(prepared_.get(), rewritten.data(), rewritten.size()) == 0);
    }

    // As many as fit, at least one; the number of the next one.
    std::size_t send_from(std::size_t first) {
        // They hold what the packet is made of, so they live until it is executed.
        std::vector<Column> columns;
        for (const char letter : rows_.types) columns.push_back({.is_text = letter == 't' || letter == 'T'});
        std::size_t next = first;
        for (std::size_t bytes = 0; next < rows_.size() && bytes < most_bytes; ++next) {
            const auto row = rows_.row(next);
            check_parameters(rows_.types, row);
            for (std::size_t i = 0; i < row.size(); ++i) columns[i].add(row[i]);
            bytes += bytes_of(row);
        }
        std::vector<MYSQL_BIND> bound;
        bound.reserve(columns.size());
        for (Column& column : columns) bound.push_back(column.bound());
        const auto count = static_cast<unsigned>(next - first);
        require(libmariadb().statement_set(prepared_.get(), STMT_ATTR_ARRAY_SIZE, &count) == 0);
        require(libmariadb().bind_parameters(prepared_.get(), bound.data()) == 0);
        require(libmariadb().statement_execute(prepared_.get()) == 0);
        return next;
    }

private:
    void require(bool succeeded) const {
        if (!succeeded)
            refuse(libmariadb().statement_error_number(prepared_.get()),
                   libmariadb().statement_error_message(prepared_.get()));
    }
    struct Close {
        void operator()(MYSQL_STMT* statement) const { libmariadb().statement_close(statement); }
    };
    const Rows& rows_;
    std::unique_ptr<MYSQL_STMT, Close> prepared_;
};

}  // namespace

void MariadbLink::load(const Rows& rows) {
    if (rows.size() == 0) return;
    const auto insert = prepare_as<Insert>(rows);
    for (std::size_t next = 0; next < rows.size();) next = insert->send_from(next);
}

}  // namespace keyhold::store::mariadb
