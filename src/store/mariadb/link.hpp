// SPDX-License-Identifier: Apache-2.0
// MariaDB's client library as a Link. Every wait has an end, whether the server is slow, paused or gone.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/database/link.hpp"
#include "store/database/server_url.hpp"
#include "store/mariadb/libmariadb.hpp"

namespace keyhold::store::mariadb {

class MariadbLink final : public Link {
public:
    // To the first host that answers and takes writes. The server is told to give up after `patience`; we give up on
    // the server a second later.
    MariadbLink(const ServerUrl& url, std::chrono::milliseconds patience);

    std::unique_ptr<Statement> prepare(const Sql& sql) override;
    void execute(const std::string& sql) override;
    void load(const Rows& rows) override;
    bool is_current() override;
    bool locks_reach_everybody() override { return !is_galera_; }

    std::string ask(const std::string& sql);  // the first column of the first row
    MYSQL* handle() { return handle_.get(); }
    bool is_galera() const { return is_galera_; }

private:
    struct Close {
        void operator()(MYSQL* handle) const { libmariadb().close(handle); }
    };
    struct FreeResult {
        void operator()(MYSQL_RES* result) const { libmariadb().free_result(result); }
    };
    // Runs a statement as text; null for one that returns no rows. Throws what the server says.
    std::unique_ptr<MYSQL_RES, FreeResult> query(const std::string& sql);
    // Also finds out whether the server belongs to a Galera cluster.
    std::string why_no_writes();
    bool is_in_transaction() const;  // when the last command was answered

    // A Galera node may undo a transaction while it prepares a statement, and has said by then that all is well: what
    // follows would run by itself, each statement for good. The answer to another command tells.
    template <class Prepared, class Meant>
    std::unique_ptr<Prepared> prepare_as(const Meant& meant) {
        const bool was_in_transaction = is_in_transaction();
        auto prepared = std::make_unique<Prepared>(handle(), meant);
        if (!is_galera_ || !was_in_transaction) return prepared;
        execute("DO 0");
        if (!is_in_transaction()) throw TryAgain("mariadb: the transaction was undone without a word");
        return prepared;
    }

    std::unique_ptr<MYSQL, Close> handle_;
    bool is_galera_ = false;
};

}  // namespace keyhold::store::mariadb
