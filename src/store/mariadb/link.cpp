// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb/link.hpp"

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "store/database/not_unique.hpp"
#include "store/mariadb/statement.hpp"

namespace keyhold::store::mariadb {

namespace {

// Numbers that mean "not now" rather than "never" (https://mariadb.com/kb/en/mariadb-error-codes/); those of the client
// library (2000 and up) all do.
constexpr std::array<unsigned, 27> unavailable_numbers{ER_CON_COUNT_ERROR,
                                                       ER_OUT_OF_RESOURCES,
                                                       ER_DBACCESS_DENIED_ERROR,
                                                       ER_ACCESS_DENIED_ERROR,
                                                       ER_BAD_DB_ERROR,
                                                       ER_SERVER_SHUTDOWN,
                                                       ER_DISK_FULL,
                                                       ER_ERROR_ON_READ,
                                                       ER_ERROR_ON_WRITE,
                                                       ER_OUTOFMEMORY,
                                                       ER_RECORD_FILE_FULL,
                                                       ER_TOO_MANY_USER_CONNECTIONS,
                                                       ER_QUERY_INTERRUPTED,
                                                       ER_STATEMENT_TIMEOUT,
                                                       ER_OPTION_PREVENTS_STATEMENT,
                                                       ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
                                                       ER_NET_READ_ERROR,
                                                       ER_NET_READ_INTERRUPTED,
                                                       ER_NET_ERROR_ON_WRITE,
                                                       ER_NET_WRITE_INTERRUPTED,
                                                       ER_GET_ERRNO,
                                                       ER_CRASHED_ON_USAGE,
                                                       ER_ERROR_DURING_COMMIT,
                                                       ER_UNKNOWN_COM_ERROR,
                                                       ER_CONNECTION_KILLED,
                                                       ER_NEW_ABORTING_CONNECTION,
                                                       ER_UNKNOWN_STMT_HANDLER};

// There is such a table, column, index already; there is none to drop.
constexpr std::array<unsigned, 5> done_already_numbers{ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME,
                                                       ER_BAD_TABLE_ERROR, ER_CANT_DROP_FIELD_OR_KEY};

// Too long; not in this character set; NOT NULL; CHECK. The messages of the second hold the value.
constexpr std::array<unsigned, 4> does_not_fit_numbers{ER_DATA_TOO_LONG, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD,
                                                       ER_BAD_NULL_ERROR, ER_CONSTRAINT_FAILED};

void set_text(MYSQL* handle, mysql_option option, const std::string& value) {
    if (!value.empty()) (void)libmariadb().options(handle, option, value.c_str());
}

std::string option_of(const ServerUrl& url, std::string_view name) {
    for (const auto& [key, value] : url.options)
        if (key == name) return value;
    return {};
}

// As Python spells it, too: the URL may come from SQLAlchemy.
bool is_off(const std::string& value) { return value == "false" || value == "False" || value == "0"; }

constexpr std::array<std::pair<std::string_view, mysql_option>, 3> tls_files{
    {{"ssl_ca", MYSQL_OPT_SSL_CA}, {"ssl_cert", MYSQL_OPT_SSL_CERT}, {"ssl_key", MYSQL_OPT_SSL_KEY}}};

bool wants_tls(const ServerUrl& url) {
    const std::string wanted = option_of(url, "ssl");
    return !option_of(url, "ssl_ca").empty() || !option_of(url, "ssl_cert").empty() ||
           !(wanted.empty() || is_off(wanted));
}

// The library says that something is missing, but not what. Empty if all is there.
std::string missing_file(const ServerUrl& url) {
    for (const auto& [name, option] : tls_files)
        if (const std::string path = option_of(url, name); !path.empty() && ::access(path.c_str(), R_OK) != 0)
            return std::string(name) + " " + path + ": " + std::generic_category().message(errno);
    return {};
}

// TLS as PyMySQL's options ask for it. With a CA, or ssl=true, the server's certificate and name are checked, unless
// ssl_verify_cert=false says that nobody wants to know.
void set_tls(MYSQL* handle, const ServerUrl& url) {
    for (const auto& [name, option] : tls_files) set_text(handle, option, option_of(url, name));
    const my_bool on = 1;
    const my_bool verify = is_off(option_of(url, "ssl_verify_cert")) ? 0 : 1;
    (void)libmariadb().options(handle, MYSQL_OPT_SSL_ENFORCE, &on);
    (void)libmariadb().options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

// Empty if it worked; else why not.
std::string try_to_connect(MYSQL* handle, const ServerUrl& url, const ServerUrl::Host& host,
                           std::chrono::milliseconds patience) {
    // For each host, so that several hosts of which some are dead are tried in a few seconds.
    const unsigned connect_seconds = 2;
    const auto seconds = static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(patience).count() + 1);
    (void)libmariadb().options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
    (void)libmariadb().options(handle, MYSQL_OPT_READ_TIMEOUT, &seconds);
    (void)libmariadb().options(handle, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    (void)libmariadb().options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (wants_tls(url)) set_tls(handle, url);
    // By itself the library takes "localhost", whatever its port, for a socket somewhere.
    const bool is_socket = host.name.starts_with('/');
    const unsigned protocol = is_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    if (!host.name.empty()) (void)libmariadb().options(handle, MYSQL_OPT_PROTOCOL, &protocol);
    const char* const place = host.name.empty() ? nullptr : host.name.c_str();
    const unsigned port = host.port.empty() ? 0 : static_cast<unsigned>(std::stoul(host.port));
    // CLIENT_FOUND_ROWS: an UPDATE counts the rows that it found, not those that look different now.
    if (libmariadb().connect(handle, is_socket ? nullptr : place, url.user.c_str(), url.password.c_str(),
                             url.database.c_str(), port, is_socket ? place : nullptr, CLIENT_FOUND_ROWS) == nullptr)
        return libmariadb().error_message(handle);
    // Where no certificate is checked, the library goes on without TLS if the server has none.
    if (wants_tls(url) && libmariadb().ssl_cipher(handle) == nullptr) return "the server does not speak TLS";
    return {};
}

// For messages: without user and password.
std::string shown(const ServerUrl::Host& host) {
    return (host.name.empty() ? "localhost" : host.name) + (host.port.empty() ? "" : ":" + host.port);
}

// What stands in the last pair of quotes.
std::string_view last_quoted(std::string_view message) {
    const auto end = message.rfind('\'');
    const auto begin = end == 0 || end == message.npos ? message.npos : message.rfind('\'', end - 1);
    return begin == message.npos ? std::string_view() : message.substr(begin + 1, end - begin - 1);
}

}  // namespace

// Numbers are those of the server (mysqld_error.h) or of the client library (errmsg.h); messages are read in one place
// alone, for the name of a key.
void refuse(unsigned number, const std::string& message) {
    const std::string reason = "mariadb: " + message;
    // "Duplicate entry '...' for key 'name_key'": the value, which may hold anything, comes before.
    if (number == ER_DUP_ENTRY) throw NotUnique(constraint_of_index(last_quoted(message)));
    if (std::ranges::find(does_not_fit_numbers, number) != does_not_fit_numbers.end())
        throw DoesNotFit("mariadb: a column does not take this value, error " + std::to_string(number));
    if (number == ER_LOCK_DEADLOCK || number == ER_CHECKREAD) throw TryAgain(reason);
    // The client library's own, and the last words of a server.
    if ((number >= CR_MIN_ERROR && number < 5000) || number == ER_SERVER_SHUTDOWN || number == ER_CONNECTION_KILLED)
        throw ServerGone(reason);
    if (number == 0 || number == ER_LOCK_WAIT_TIMEOUT ||
        std::ranges::find(unavailable_numbers, number) != unavailable_numbers.end())
        throw Unavailable(reason);
    if (std::ranges::find(done_already_numbers, number) != done_already_numbers.end()) throw DoneAlready(reason);
    throw std::runtime_error(reason);
}

MariadbLink::MariadbLink(const ServerUrl& url, std::chrono::milliseconds patience) {
    std::string why = missing_file(url);
    if (!why.empty()) throw ServerGone("mariadb: " + why);
    // In the order of the URL: the first one that takes writes is used, whichever it is.
    for (const ServerUrl::Host& host : url.hosts) {
        handle_.reset(libmariadb().init(nullptr));
        if (!handle_) throw Unavailable("mariadb: out of memory");
        std::string failed = try_to_connect(handle(), url, host, patience);
        if (failed.empty()) failed = why_no_writes();
        if (failed.empty()) return;
        why += (why.empty() ? "" : "; ") + shown(host) + ": " + failed;
    }
    throw ServerGone("mariadb: " + why);
}

// Empty if the server takes some.
std::string MariadbLink::why_no_writes() try {
    constexpr const char* variable =
        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = ";
    constexpr const char* status = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = ";
    if (std::string_view(libmariadb().server_info(handle())).find("MariaDB") == std::string_view::npos)
        return "this server is MySQL; Keyhold needs MariaDB 10.6 or newer, or PostgreSQL";
    is_galera_ = ask(std::string(variable) + "'wsrep_on'") == "ON";
    if (is_galera_ && ask(std::string(status) + "'wsrep_ready'") != "ON")
        return "this node is not in its Galera cluster";
    if (ask("SELECT @@global.read_only") != "0") return "the server is read-only";
    return {};
} catch (const Unavailable& unavailable) {
    return unavailable.what();
}

std::unique_ptr<Statement> MariadbLink::prepare(const Sql& sql) { return prepare_as<MariadbStatement>(sql); }

bool MariadbLink::is_in_transaction() const { return (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0; }

std::unique_ptr<MYSQL_RES, MariadbLink::FreeResult> MariadbLink::query(const std::string& sql) {
    if (libmariadb().query(handle(), sql.data(), sql.size()) != 0)
        refuse(libmariadb().error_number(handle()), libmariadb().error_message(handle()));
    return std::unique_ptr<MYSQL_RES, FreeResult>(libmariadb().store_result(handle()));
}

void MariadbLink::execute(const std::string& sql) { (void)query(sql); }

std::string MariadbLink::ask(const std::string& sql) {
    const auto result = query(sql);
    char** const row = result ? libmariadb().fetch_row(result.get()) : nullptr;
    return row != nullptr && row[0] != nullptr ? row[0] : "";
}

// Between our questions a server says nothing but that it goes.
bool MariadbLink::is_current() {
    pollfd socket{static_cast<int>(libmariadb().socket(handle())), POLLIN, 0};
    return ::poll(&socket, 1, 0) == 0;
}

}  // namespace keyhold::store::mariadb
