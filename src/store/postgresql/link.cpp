// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/link.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "store/database/not_unique.hpp"

namespace keyhold::store::postgresql {

using namespace std::chrono_literals;

namespace {

// SQLSTATEs, or the class in their first two characters, that mean "not now" rather than "never"
// (https://www.postgresql.org/docs/15/errcodes-appendix.html).
constexpr std::array<std::string_view, 12> unavailable_states{
    "08",     // connection exception
    "25006",  // read-only: a standby
    "25P03",  // idle in a transaction for too long
    "26000",  // a prepared statement is gone: somebody else is behind the address now
    "28",     // who we are is not accepted any more
    "3D",     // there is no such database any more
    "53",     // disk full, too many connections ...
    "55P03",  // a lock was not given in time
    "57",     // cancelled by its time-out, shut down, starting up
    "58",     // the operating system's errors
    "F0",     // the configuration file
    "XX",     // internal, damaged
};

// Too long; not in this character set; NOT NULL; CHECK.
constexpr std::array<std::string_view, 4> does_not_fit_states{"22001", "22P05", "23502", "23514"};

// Integrity constraints, of which NotUnique and DoesNotFit are the best known; and that a transaction was undone for
// one. At COMMIT, too, the transaction is undone by then (docs/decisions/0052-a-failed-commit-is-unknown.md). Not the
// rest of class 40: "40003" says itself that nobody knows.
constexpr std::array<std::string_view, 2> not_allowed_states{"23", "40002"};

// From the most special to the most general: 40001 is of class 40, 57P01 of class 57.
[[noreturn]] void refuse(std::string_view state, const std::string& reason) {
    if (state == "40001" || state == "40P01") throw TryAgain(reason);
    const auto is_of = [&](std::string_view row) { return state.starts_with(row); };
    if (state.starts_with("57P")) throw ServerGone(reason);  // shut down, starting up
    if (state.empty() || std::ranges::any_of(unavailable_states, is_of)) throw Unavailable(reason);
    if (std::ranges::find(does_not_fit_states, state) != does_not_fit_states.end()) throw DoesNotFit(reason);
    if (std::ranges::any_of(not_allowed_states, is_of)) throw NotAllowed(reason);
    throw std::runtime_error(reason);
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// Why no connection came about, in one line: libpq writes a line for each host, and hints below some of them.
std::string each_attempt(std::string_view text) {
    constexpr std::string_view attempt = "connection to server";
    std::string reasons = first_line(text);
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
        const std::string line = first_line(text.substr(end + 1));
        if (line.starts_with(attempt) && reasons.find(line) == std::string::npos) reasons += "; " + line;
    }
    return reasons;
}

// Values go as text: numbers are short, and texts need no conversion.
class PostgresqlStatement final : public Statement {
public:
    PostgresqlStatement(PostgresqlLink& link, const Sql& sql, std::string name)
        : Statement(sql), link_(link), name_(std::move(name)), texts_(sql.parameters.size()) {
        // Said, so that the server does not have to guess a type from where the parameter stands.
        constexpr Oid int8 = 20, text = 25;  // pg_type.dat
        std::vector<Oid> types;
        for (const char type : sql.parameters) types.push_back(is_text(type) ? text : int8);
        const std::string rewritten = rewrite(sql, Placeholder::numbered).text;
        (void)link.await(libpq().send_prepare(link.handle(), name_.c_str(), rewritten.c_str(),
                                              static_cast<int>(types.size()), types.data()));
    }

private:
    void start(std::span<const Parameter> parameters) override {
        std::vector<const char*> values;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (std::holds_alternative<Null>(parameters[i])) {
                values.push_back(nullptr);
                continue;
            }
            const auto* const text = std::get_if<std::string_view>(&parameters[i]);
            texts_[i] = text != nullptr ? std::string(*text) : std::to_string(std::get<std::int64_t>(parameters[i]));
            values.push_back(texts_[i].c_str());
        }
        answer_ = link_.await(libpq().send_query_prepared(
            link_.handle(), name_.c_str(), static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
        next_row_ = 0;
    }

    bool fetch() override {
        if (next_row_ == libpq().rows(answer_.get())) {
            // PQcmdTuples is a text, empty for statements that count nothing.
            const std::string_view count = libpq().found(answer_.get());
            found_ = 0;
            if (!sql_.columns.empty()) return false;
            std::from_chars(count.data(), count.data() + count.size(), found_);
            return false;
        }
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const int column = static_cast<int>(i);
            Cell& cell = columns_[i];
            if (libpq().is_null(answer_.get(), next_row_, column) != 0) {
                cell.set_null();
                continue;
            }
            cell.is_null = false;
            const std::string_view value(libpq().value(answer_.get(), next_row_, column),
                                         static_cast<std::size_t>(libpq().length(answer_.get(), next_row_, column)));
            if (is_text(sql_.columns[i]))
                cell.text = value;
            else
                std::from_chars(value.data(), value.data() + value.size(), cell.integer);
        }
        ++next_row_;
        return true;
    }

    std::int64_t found() const override { return found_; }

    PostgresqlLink& link_;
    const std::string name_;
    std::vector<std::string> texts_;  // the parameters as they are sent
    PostgresqlLink::Answer answer_;
    int next_row_ = 0;
    std::int64_t found_ = 0;
};

}  // namespace

PostgresqlLink::PostgresqlLink(const Keywords& keywords, std::chrono::milliseconds patience) : patience_(patience) {
    std::vector<const char*> names, values;
    for (const auto& [name, value] : keywords) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    // Blocks for at most connect_timeout at each host. libpq tries them in order, and asks each whether it takes writes
    // (target_session_attrs).
    handle_.reset(libpq().connectdb(names.data(), values.data(), 0));
    if (!handle_ || libpq().status(handle()) != CONNECTION_OK)
        throw ServerGone("postgresql: " + each_attempt(handle_ ? libpq().error_message(handle()) : "out of memory"));
    libpq().set_notice_receiver(handle(), &PostgresqlLink::hear, this);
}

// A server whose wait for a standby was cut short (pg_cancel_backend) calls the commit done, with a warning alone, of
// no class of its own (https://www.postgresql.org/docs/15/errcodes-appendix.html). statement_timeout does not end that
// wait.
void PostgresqlLink::hear(void* link, const PGresult* notice) {
    const char* const state = libpq().result_error_field(notice, PG_DIAG_SQLSTATE);
    if (state != nullptr && std::string_view(state) == "01000")
        static_cast<PostgresqlLink*>(link)->is_unconfirmed_ = true;
}

// Names are the link's own, since a prepared statement lives in the session.
std::unique_ptr<Statement> PostgresqlLink::prepare(const Sql& sql) {
    return std::make_unique<PostgresqlStatement>(*this, sql, "k" + std::to_string(++prepared_));
}

void PostgresqlLink::execute(const std::string& sql) { (void)await(libpq().send_query(handle(), sql.c_str())); }

void PostgresqlLink::commit() {
    is_unconfirmed_ = false;
    execute("COMMIT");
    confirm();
}

void PostgresqlLink::confirm() {
    if (std::exchange(is_unconfirmed_, false))
        throw ServerGone("postgresql: no standby has confirmed what was committed");
}

std::string PostgresqlLink::ask(const std::string& sql) {
    const Answer answer = await(libpq().send_query(handle(), sql.c_str()));
    return libpq().rows(answer.get()) > 0 ? libpq().value(answer.get(), 0, 0) : "";
}

// Between our questions a server says nothing but that it goes.
bool PostgresqlLink::is_current() {
    pollfd socket{libpq().socket(handle()), POLLIN, 0};
    return ::poll(&socket, 1, 0) == 0;
}

bool PostgresqlLink::wait_for_call(std::chrono::milliseconds time) {
    // One that came together with the answer to a question was read with it: the socket knows nothing of it.
    if (take_calls()) return true;
    pollfd socket{libpq().socket(handle()), POLLIN, 0};
    if (::poll(&socket, 1, static_cast<int>(time.count())) == 0) return false;
    if (libpq().consume_input(handle()) != 1) give_up();
    return take_calls();
}

bool PostgresqlLink::take_calls() {
    bool any = false;
    for (; PGnotify* const call = libpq().notifies(handle()); any = true) libpq().free_memory(call);
    return any;
}

void PostgresqlLink::give_up() { throw ServerGone("postgresql: " + first_line(libpq().error_message(handle()))); }

PostgresqlLink::Deadline PostgresqlLink::deadline_for_an_answer() const {
    return std::chrono::steady_clock::now() + patience_ + 500ms;
}

void PostgresqlLink::wait_for_socket(short events, Deadline deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd socket{libpq().socket(handle()), events, 0};
    if (left <= 0ms || ::poll(&socket, 1, static_cast<int>(left.count())) == 0)
        throw ServerGone("postgresql: the server did not answer in time");
    if ((socket.revents & ~POLLOUT) != 0 && libpq().consume_input(handle()) != 1) give_up();
}

PostgresqlLink::Answer PostgresqlLink::await(int sent) {
    if (sent != 1) give_up();
    const auto deadline = deadline_for_an_answer();
    Answer answer;
    for (;;) {
        while (libpq().is_busy(handle()) == 1) wait_for_socket(POLLIN, deadline);
        Answer next(libpq().get_result(handle()));
        // PQgetResult gives a null pointer when everything was answered; the connection is free for the next question
        // then.
        if (!next) break;
        if (libpq().result_status(next.get()) == PGRES_COPY_IN) return next;  // it waits for the rows
        // The first failure tells; what follows it says that the transaction is over.
        if (!answer || libpq().result_status(answer.get()) != PGRES_FATAL_ERROR) answer = std::move(next);
    }
    if (!answer) give_up();
    const ExecStatusType status = libpq().result_status(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return answer;
    // Not the detail, which repeats what was in the way.
    const char* const state = libpq().result_error_field(answer.get(), PG_DIAG_SQLSTATE);
    const char* const message = libpq().result_error_field(answer.get(), PG_DIAG_MESSAGE_PRIMARY);
    if (state == nullptr || message == nullptr) give_up();
    if (const char* const index = libpq().result_error_field(answer.get(), PG_DIAG_CONSTRAINT_NAME);
        std::string_view(state) == "23505")
        throw NotUnique(constraint_of_index(index != nullptr ? index : ""));
    refuse(state, std::string("postgresql: ") + message);
}

}  // namespace keyhold::store::postgresql
