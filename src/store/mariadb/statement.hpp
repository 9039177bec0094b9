// SPDX-License-Identifier: Apache-2.0
// A statement that MariaDB has prepared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/database/link.hpp"
#include "store/mariadb/libmariadb.hpp"

namespace keyhold::store::mariadb {

// Throws what an error means to us.
[[noreturn]] void refuse(unsigned number, const std::string& message);

// The library is given the addresses of the vectors' elements, which therefore keep their size once prepared.
class MariadbStatement final : public Statement {
public:
    MariadbStatement(MYSQL* handle, const Sql& sql);

private:
    void start(std::span<const Parameter> parameters) override;
    bool fetch() override;
    std::int64_t found() const override { return found_; }
    // Gives the library the addresses of the values, which hold until start() returns.
    void bind(std::span<const Parameter> parameters);
    void bind_columns();
    // Throws what the statement's error means.
    void require(bool succeeded) const;

    struct Close {
        void operator()(MYSQL_STMT* statement) const { libmariadb().statement_close(statement); }
    };
    std::unique_ptr<MYSQL_STMT, Close> prepared_;
    std::vector<std::size_t> order_;  // of the parameters in the text
    std::vector<long long> numbers_;  // those that are numbers, by their place
    std::vector<MYSQL_BIND> bound_;
    std::vector<MYSQL_BIND> results_;
    std::vector<unsigned long> lengths_;  // of each column of the current row
    std::vector<my_bool> nulls_;
    std::int64_t found_ = 0;
};

}  // namespace keyhold::store::mariadb
