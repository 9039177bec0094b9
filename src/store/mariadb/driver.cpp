// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb/driver.hpp"

#include <algorithm>
#include <array>

#include "store/mariadb/link.hpp"

namespace keyhold::store::mariadb {

namespace {

// PyMySQL's options that mean something here.
constexpr std::array<std::string_view, 8> allowed{
    "ssl", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "charset", "unix_socket", "connect_timeout"};

// A Unix socket, by the option that PyMySQL has for it, takes the place of the host, as it does there.
Result<ServerUrl> read_url(std::string_view rest) {
    auto url = parse_server_url(rest, allowed);
    if (!url) return url;
    for (const auto& [name, value] : url->options)
        if (name == "unix_socket" && !value.empty()) url->hosts = {ServerUrl::Host{value, ""}};
    return url;
}

}  // namespace

Result<Location> parse_location(std::string_view rest) {
    const auto url = read_url(rest);
    if (!url) return url.error();
    for (const auto& [name, value] : url->options)
        if (name == "charset" && value != "utf8mb4" && value != "utf8")
            return Error(errors::configuration, "DATABASE_URL: the charset is always utf8mb4");
    return Location{std::string(rest), shown(*url)};
}

// Whether there is a database is known only after connecting; connect() refuses if there is none.
bool exists(const std::string&) { return true; }

void make_if_absent(const std::string&) {}  // whoever runs the server makes it

std::unique_ptr<Link> connect(const std::string& target, std::chrono::milliseconds patience) {
    const auto url = read_url(target);  // parse_location() found it good
    auto link = std::make_unique<MariadbLink>(url.value(), patience);
    const std::string milliseconds = std::to_string(patience.count());
    // innodb_lock_wait_timeout and lock_wait_timeout count whole seconds.
    const std::string seconds =
        std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(patience).count()));
    // READ COMMITTED: each statement sees what others have committed, also the second work of one transaction. A
    // process that is stopped within a transaction would keep all others from writing: it is cut off.
    link->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    link->execute("SET SESSION max_statement_time = " + milliseconds +
                  " / 1000, innodb_lock_wait_timeout = " + seconds + ", lock_wait_timeout = " + seconds +
                  ", idle_transaction_timeout = 2, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
    // Whatever language the server speaks, the message of a duplicate is read (link.cpp).
    link->execute("SET SESSION lc_messages = 'en_US'");
    // In a Galera cluster: each transaction, and each statement by itself, first waits until this node has all that any
    // other had acknowledged before.
    if (link->is_galera()) link->execute("SET SESSION wsrep_sync_wait = 7");
    return link;
}

// By the server's own values: what a session may set for itself does not make the log durable.
std::vector<std::string> doubts(Link& link) {
    auto& server = static_cast<MariadbLink&>(link);
    std::vector<std::string> found;
    const auto expect = [&](const std::string& variable, const std::string& good) {
        const std::string is = server.ask("SELECT @@global." + variable);
        if (is != good)
            found.push_back("MariaDB runs with " + variable + " = " + is +
                            ": what was acknowledged may be lost in a power cut");
    };
    // 1 writes and syncs the log at each commit; 0 and 2 leave up to a second to a power cut.
    expect("innodb_flush_log_at_trx_commit", "1");
    if (server.ask("SELECT @@global.log_bin") == "1") expect("sync_binlog", "1");
    if (!server.is_galera()) return found;
    const std::string options = server.ask("SELECT @@global.wsrep_provider_options");
    for (const char* option : {"pc.ignore_sb", "pc.ignore_quorum"})
        if (options.find(std::string(option) + " = true") != std::string::npos)
            found.push_back(std::string("Galera runs with ") + option +
                            " = true: both halves of a cluster that fell apart take writes, and one half's are lost");
    return found;
}

}  // namespace keyhold::store::mariadb
