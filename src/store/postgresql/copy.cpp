// SPDX-License-Identifier: Apache-2.0
// Rows by COPY (https://www.postgresql.org/docs/15/sql-copy.html, "Text Format"), sent without waiting for answers.
#include <poll.h>

#include "store/postgresql/link.hpp"

namespace keyhold::store::postgresql {

namespace {

constexpr std::size_t part = 262'144;  // bytes that are sent at once

// These four characters have a meaning in the format; a NUL was refused before.
void append_text(std::string& out, std::string_view text) {
    for (const char c : text) switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += c;
        }
}

void append_row(std::string& out, std::span<const Parameter> row) {
    for (const Parameter& cell : row) {
        if (&cell != row.data()) out += '\t';
        if (const auto* const text = std::get_if<std::string_view>(&cell))
            append_text(out, *text);
        else if (const auto* const number = std::get_if<std::int64_t>(&cell))
            out += std::to_string(*number);
        else
            out += "\\N";  // NULL; a text of these characters has two backslashes
    }
    out += '\n';
}

// A blocking connection would wait without end for a server that takes nothing more.
class NonBlocking {
public:
    explicit NonBlocking(PGconn* handle) : handle_(handle) { libpq().set_nonblocking(handle, 1); }
    ~NonBlocking() { libpq().set_nonblocking(handle_, 0); }
    NonBlocking(const NonBlocking&) = delete;
    NonBlocking& operator=(const NonBlocking&) = delete;

private:
    PGconn* handle_;
};

}  // namespace

void PostgresqlLink::load(const Rows& rows) {
    const std::string copy =
        "COPY " + std::string(rows.table) + " (" + std::string(rows.columns) + ") FROM STDIN (FORMAT text)";
    (void)await(libpq().send_query(handle(), copy.c_str()));
    const NonBlocking while_sending(handle());
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        check_parameters(rows.types, rows.row(i));
        append_row(text, rows.row(i));
        if (text.size() < part && i + 1 < rows.size()) continue;
        if (libpq().put_copy_data(handle(), text.data(), static_cast<int>(text.size())) != 1) give_up();
        flush();
        text.clear();
    }
    if (libpq().put_copy_end(handle(), nullptr) != 1) give_up();
    flush();
    (void)await(1);  // what went wrong with any of them is said here
}

// A server that reads nothing for as long as it may take for a statement is gone.
void PostgresqlLink::flush() {
    const auto deadline = deadline_for_an_answer();
    for (;;) {
        const int left = libpq().flush(handle());
        if (left < 0) give_up();
        if (left == 0) return;
        wait_for_socket(POLLIN | POLLOUT, deadline);
    }
}

}  // namespace keyhold::store::postgresql
