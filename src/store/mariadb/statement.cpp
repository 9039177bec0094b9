// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb/statement.hpp"

#include <algorithm>

namespace keyhold::store::mariadb {

namespace {

constexpr std::size_t usual_text = 256;  // bytes; longer ones are fetched once more

}  // namespace

MariadbStatement::MariadbStatement(MYSQL* handle, const Sql& sql)
    : Statement(sql),
      prepared_(libmariadb().statement_init(handle)),
      numbers_(sql.parameters.size()),
      results_(columns_.size()),
      lengths_(columns_.size()),
      nulls_(columns_.size()) {
    if (!prepared_) throw Unavailable("mariadb: out of memory");
    Rewritten rewritten = rewrite(sql, Placeholder::question_mark);
    order_ = std::move(rewritten.parameters);
    bound_.resize(order_.size());
    require(libmariadb().statement_prepare(prepared_.get(), rewritten.text.data(), rewritten.text.size()) == 0);
}

void MariadbStatement::require(bool succeeded) const {
    if (!succeeded)
        refuse(libmariadb().statement_error_number(prepared_.get()),
               libmariadb().statement_error_message(prepared_.get()));
}

void MariadbStatement::bind(std::span<const Parameter> parameters) {
    for (std::size_t at = 0; at < order_.size(); ++at) {
        const Parameter& parameter = parameters[order_[at]];
        // By the place in the text, where one parameter may stand several times: "?" has no number.
        MYSQL_BIND& slot = bound_[at];
        slot = {};
        if (const auto* const text = std::get_if<std::string_view>(&parameter)) {
            slot.buffer_type = MYSQL_TYPE_STRING;
            // It is only read. A null pointer would be NULL, not ''.
            slot.buffer = const_cast<char*>(text->data() != nullptr ? text->data() : "");
            slot.buffer_length = text->size();
        } else if (const auto* const number = std::get_if<std::int64_t>(&parameter)) {
            numbers_[order_[at]] = *number;
            slot.buffer_type = MYSQL_TYPE_LONGLONG;
            slot.buffer = &numbers_[order_[at]];
        } else {
            slot.buffer_type = MYSQL_TYPE_NULL;
        }
    }
    if (!bound_.empty()) require(libmariadb().bind_parameters(prepared_.get(), bound_.data()) == 0);
}

// Before each row, as a longer text may have moved a buffer since.
void MariadbStatement::bind_columns() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        results_[i] = {};
        results_[i].length = &lengths_[i];
        results_[i].is_null = &nulls_[i];
        if (!is_text(sql_.columns[i])) {
            results_[i].buffer_type = MYSQL_TYPE_LONGLONG;
            results_[i].buffer = &columns_[i].integer;
            continue;
        }
        columns_[i].text.resize(std::max(columns_[i].text.capacity(), usual_text));
        results_[i].buffer_type = MYSQL_TYPE_STRING;
        results_[i].buffer = columns_[i].text.data();
        results_[i].buffer_length = columns_[i].text.size();
    }
    if (!results_.empty()) require(libmariadb().bind_result(prepared_.get(), results_.data()) == 0);
}

void MariadbStatement::start(std::span<const Parameter> parameters) {
    bind(parameters);
    require(libmariadb().statement_execute(prepared_.get()) == 0);
    if (!columns_.empty()) require(libmariadb().statement_store_result(prepared_.get()) == 0);
}

bool MariadbStatement::fetch() {
    // A statement that returns no rows is complete after it was executed, and its count is known.
    if (columns_.empty()) {
        found_ = static_cast<std::int64_t>(libmariadb().found(prepared_.get()));
        return false;
    }
    bind_columns();
    const int code = libmariadb().statement_fetch(prepared_.get());
    if (code == MYSQL_NO_DATA) {
        libmariadb().statement_free_result(prepared_.get());
        return false;
    }
    require(code == 0 || code == MYSQL_DATA_TRUNCATED);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        columns_[i].is_null = nulls_[i] != 0;
        if (columns_[i].is_null) columns_[i].set_null();
        if (columns_[i].is_null || !is_text(sql_.columns[i])) continue;
        // The library has told the whole length: the rest is fetched into a buffer that has room for it.
        const bool is_cut = lengths_[i] > columns_[i].text.size();
        columns_[i].text.resize(lengths_[i]);
        if (!is_cut) continue;
        results_[i].buffer = columns_[i].text.data();
        results_[i].buffer_length = columns_[i].text.size();
        require(libmariadb().fetch_column(prepared_.get(), &results_[i], static_cast<unsigned>(i), 0) == 0);
    }
    return true;
}

}  // namespace keyhold::store::mariadb
