// SPDX-License-Identifier: Apache-2.0
// libpq as a Link. Every wait has an end, whether the server is slow, paused or gone.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/database/link.hpp"
#include "store/postgresql/libpq.hpp"

namespace keyhold::store::postgresql {

// libpq's keywords (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS) and their values.
using Keywords = std::vector<std::pair<std::string, std::string>>;

class PostgresqlLink final : public Link {
public:
    // The server is told to give up after `patience`; we give up on the server a little later.
    PostgresqlLink(const Keywords& keywords, std::chrono::milliseconds patience);

    std::unique_ptr<Statement> prepare(const Sql& sql) override;
    void execute(const std::string& sql) override;
    void load(const Rows& rows) override;
    void commit() override;
    void confirm() override;
    bool is_current() override;
    bool wait_for_call(std::chrono::milliseconds time) override;

    std::string ask(const std::string& sql);  // the first column of the first row

    struct Clear {
        void operator()(PGresult* result) const { libpq().clear(result); }
    };
    using Answer = std::unique_ptr<PGresult, Clear>;
    // The answer to what was sent. Throws as link.hpp says.
    Answer await(int sent);
    PGconn* handle() { return handle_.get(); }

private:
    struct Finish {
        void operator()(PGconn* handle) const { libpq().finish(handle); }
    };
    using Deadline = std::chrono::steady_clock::time_point;
    // Half a second after the server itself gives the statement up, so that its own word comes first.
    Deadline deadline_for_an_answer() const;
    void wait_for_socket(short events, Deadline deadline);  // takes what is there to be read
    // Sends what libpq has gathered, and waits for the server to take it.
    void flush();
    bool take_calls();  // whether there were any
    // Throws ServerGone with what libpq says.
    [[noreturn]] void give_up();
    // A notice receiver of libpq's: called while an answer is read, on the link's thread.
    static void hear(void* link, const PGresult* notice);

    std::chrono::milliseconds patience_;
    std::unique_ptr<PGconn, Finish> handle_;
    std::size_t prepared_ = 0;     // how many statements, for their names
    bool is_unconfirmed_ = false;  // what was committed last
};

}  // namespace keyhold::store::postgresql
