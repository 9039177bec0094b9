// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/driver.hpp"

#include <algorithm>
#include <array>

#include "store/database/server_url.hpp"
#include "store/postgresql/link.hpp"

namespace keyhold::store::postgresql {

using namespace std::chrono_literals;

namespace {

// libpq's keywords that DATABASE_URL may set.
constexpr std::array<std::string_view, 15> allowed{
    "sslmode",         "sslrootcert",          "sslcert",    "sslkey",          "sslcrl",   "ssl_min_protocol_version",
    "sslsni",          "target_session_attrs", "gssencmode", "channel_binding", "passfile", "application_name",
    "connect_timeout", "client_encoding",      "options"};

// Keywords as one text, each name and value ended by a NUL, which neither can hold.
// A Location holds one text; libpq wants names and values.
std::string packed(const Keywords& keywords) {
    std::string text;
    for (const auto& [name, value] : keywords) text.append(name).append(1, '\0').append(value).append(1, '\0');
    return text;
}

Keywords unpacked(std::string_view text) {
    const auto take = [&text] {
        std::string part(text.substr(0, text.find('\0')));
        text.remove_prefix(part.size() + 1);
        return part;
    };
    Keywords keywords;
    while (!text.empty()) {
        std::string name = take();
        keywords.emplace_back(std::move(name), take());
    }
    return keywords;
}

std::string joined(const ServerUrl& url, std::string ServerUrl::Host::*member) {
    std::string text;
    for (const ServerUrl::Host& host : url.hosts) text += (&host == &url.hosts.front() ? "" : ",") + host.*member;
    return text;
}

}  // namespace

Result<Location> parse_location(std::string_view rest) {
    const auto url = parse_server_url(rest, allowed);
    if (!url) return url.error();
    // Ours first, so that the URL's options can take their place. A peer that is gone without a word is noticed within
    // some ten seconds.
    Keywords keywords{
        // A standby that is promoted meanwhile is found by looking for who takes writes.
        {"target_session_attrs", "read-write"}, {"connect_timeout", "2"},
        {"application_name", "keyhold"},        {"keepalives_idle", "5"},
        {"keepalives_interval", "2"},           {"keepalives_count", "3"},
        {"tcp_user_timeout", "3000"},
    };
    const auto set = [&keywords](const std::string& name, const std::string& value) {
        if (value.empty()) return;
        std::erase_if(keywords, [&](const auto& keyword) { return keyword.first == name; });
        keywords.emplace_back(name, value);
    };
    set("user", url->user);
    set("password", url->password);
    set("dbname", url->database);
    if (url->hosts.size() > 1 || !url->hosts.front().name.empty()) set("host", joined(*url, &ServerUrl::Host::name));
    if (const std::string ports = joined(*url, &ServerUrl::Host::port);
        ports.find_first_not_of(',') != std::string::npos)
        set("port", ports);
    for (const auto& [name, value] : url->options) set(name, value);
    set("client_encoding", "UTF8");  // what our texts are
    return Location{packed(keywords), shown(*url)};
}

bool exists(const std::string&) { return true; }

void make_if_absent(const std::string&) {}  // whoever runs the server makes it

std::unique_ptr<Link> connect(const std::string& target, std::chrono::milliseconds patience) {
    auto link = std::make_unique<PostgresqlLink>(unpacked(target), patience);
    // A process that is stopped within a transaction would keep all others from writing: it is cut off. jit: what we
    // ask is answered in milliseconds, and compiling the plan of a question about the catalogue takes 400.
    link->execute("SET statement_timeout = " + std::to_string(patience.count()) +
                  "; SET idle_in_transaction_session_timeout = 2000; SET default_transaction_isolation = "
                  "'read committed'; SET standard_conforming_strings = on; SET jit = off");
    // "remote_write" and "remote_apply" promise something as well, so they stay as the operator has set them.
    if (const std::string mode = link->ask("SHOW synchronous_commit"); mode == "off" || mode == "local")
        link->execute("SET synchronous_commit = on");
    return link;
}

std::vector<std::string> doubts(Link& link) {
    auto& server = static_cast<PostgresqlLink&>(link);
    std::vector<std::string> found;
    for (const char* setting : {"fsync", "full_page_writes"})
        if (server.ask(std::string("SHOW ") + setting) != "on")
            found.push_back(std::string("PostgreSQL runs with ") + setting +
                            " = off: what was acknowledged may be lost in a power cut");
    if (server.ask("SHOW synchronous_standby_names").empty() &&
        server.ask("SELECT COUNT(*) FROM pg_stat_replication") != "0")
        found.emplace_back(
            "PostgreSQL does not wait for its standbys (synchronous_standby_names is empty): what was acknowledged "
            "last is "
            "lost when one of them takes over");
    return found;
}

}  // namespace keyhold::store::postgresql
