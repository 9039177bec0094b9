// SPDX-License-Identifier: Apache-2.0
#include "server/library/test_double.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/errors.hpp"
#include "jose/jwt.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::server {
namespace {
// An object of anything; mint() reads it from the body.
struct AnyClaims {};
}  // namespace
}  // namespace keyhold::server

namespace keyhold::http {
template <>
struct Codec<server::AnyClaims> {
    static void read(const Incoming& in, server::AnyClaims&, Reading& reading) {
        if (!in.is_object()) reading.wrong("dict_type", "Input should be a valid dictionary");
    }
    static void describe(json::Writer& out, Schemas&) {
        out.member("type", "object");
        out.member("additionalProperties", true);
    }
};
}  // namespace keyhold::http

namespace keyhold::server {

void DatabaseFile::take_away() {
    if (is_away_) return;
    // Renamed rather than closed: the server finds that the file of its name is gone.
    std::filesystem::rename(path_, path_.string() + ".away");
    is_away_ = true;
}

void DatabaseFile::bring_back() {
    if (!is_away_) return;
    std::filesystem::rename(path_.string() + ".away", path_);
    is_away_ = false;
}

namespace {

using http::NoContent;

// A test that misspells what it wishes for would go on without it, and find nothing.
Result<> has_only(const http::Request& request, std::initializer_list<std::string_view> known) {
    json::Document document;
    const auto body = document.parse(request.body);
    if (!body) return {};
    for (auto member = body->first(); member; member = member->next())
        if (std::ranges::find(known, member->name()) == known.end())
            return Error(errors::validation_failed,
                         std::vector{FieldError{
                             "extra_forbidden", {"body", std::string(member->name())}, "There is no such wish", {}}});
    return {};
}

// POST /test/clock: {"advance": 1800}, or {"now": "2026-12-31T23:59:00Z"}. GET tells the time.
struct Turn {
    static constexpr std::string_view schema_name = "TestClockTurn";
    std::optional<std::int64_t> advance;  // seconds; may be negative
    std::optional<std::string> now;
};
KEYHOLD_FIELDS(Turn, (advance, range(-315'360'000, 315'360'000)), (now))
struct Now {
    static constexpr std::string_view schema_name = "TestClockNow";
    std::string now;
    std::int64_t unix_time;
};
KEYHOLD_FIELDS(Now, (now), (unix_time))

Now tell(TestDouble& test) {
    const Time now = test.clock.now();
    return {rfc3339(now), now.time_since_epoch().count()};
}

Result<Now> turn(const http::Request& request, const Turn& turn, TestDouble& test) {
    if (const auto known = has_only(request, {"advance", "now"}); !known) return known.error();
    if (!turn.advance && !turn.now) return Error(errors::validation_failed, "Neither advance nor now is said");
    if (turn.now) {
        const auto time = parse_time(*turn.now);
        if (!time) return Error(errors::validation_failed, "now is no time, as in 2026-12-31T23:59:00Z");
        test.clock.set(*time);
    }
    test.clock.advance(std::chrono::seconds(turn.advance.value_or(0)));
    return tell(test);
}

// POST /test/tokens: a token as the server would issue it to this user, who is made if need be, or one that it never
// would.
struct Wish {
    static constexpr std::string_view schema_name = "TestTokenWish";
    std::string username;
    std::optional<AnyClaims> claims;
    std::optional<std::int64_t> lifetime;
    std::optional<std::string> typ;
    std::optional<std::string> fault;
};
KEYHOLD_FIELDS(Wish, (username, length(1, 150)), (claims, about("Win over the server's own; null takes one away")),
               (lifetime, range(-315'360'000, 315'360'000)), (typ, length(1, 40)),
               (fault, one_of("signature", "unknown_key", "alg_none")))
struct Minted {
    static constexpr std::string_view schema_name = "TestToken";
    std::string access_token;
    std::string token_type;
    std::string account_id;
};
KEYHOLD_FIELDS(Minted, (access_token), (token_type), (account_id))

// Whatever `registration` says: the test wants this user.
Result<domain::Account> account_called(const std::string& username, Components& all) {
    if (auto found = all.accounts.find(username)) return *std::move(found);
    return all.accounts.create(username, Secret(std::string_view("a password of the test")));
}

std::string claims_of(std::string_view token) {
    const std::size_t begin = token.find('.') + 1;
    return base64url::decode(token.substr(begin, token.rfind('.') - begin)).value_or("{}");
}

// The server's claims with others in their place.
std::string changed(const std::string& ours, const json::Value& theirs, const Wish& wish, Time now) {
    json::Document document;
    const auto claims = document.parse(ours);
    std::string text;
    json::Writer out(text);
    out.begin_object();
    const auto write = [&](std::string_view name, const json::Value& value) {
        std::string one;
        json::append_value(one, value);
        if (one == "null") return;
        out.name(name);
        out.raw(one);
    };
    for (auto claim = claims->first(); claim; claim = claim->next()) {
        // The wish has a value of its own, or null: the server's is left out.
        if (theirs.find(claim->name())) continue;
        if (claim->name() == "exp" && wish.lifetime)
            out.member("exp", now.time_since_epoch().count() + *wish.lifetime);
        else
            write(claim->name(), *claim);
    }
    for (auto claim = theirs.first(); claim; claim = claim->next()) write(claim->name(), *claim);
    out.end_object();
    return text;
}

// As the fault says; RFC 8725 §2.1 and §3.2 are what a verifier has to know.
std::string broken(std::string_view fault, const std::string& claims, const jose::Key& key, const std::string& typ) {
    if (fault == "alg_none")
        return base64url::encode(R"({"alg":"none","typ":")" + typ + "\"}") + "." + base64url::encode(claims) + ".";
    if (fault == "unknown_key") return jose::issue(claims, jose::Key::generate_es256(), typ);
    std::string token = jose::issue(claims, key, typ);
    if (fault == "signature") {
        // Its first letter, as all six bits of it count; of the last letter some do not.
        char& first = token[token.rfind('.') + 1];
        first = first == 'A' ? 'B' : 'A';
    }
    return token;
}

std::string typ_of(std::string_view token) {
    json::Document document;
    const std::string header = base64url::decode(token.substr(0, token.find('.'))).value_or("{}");
    const auto parsed = document.parse(header);
    const auto typ = parsed ? parsed->find("typ") : std::nullopt;
    return typ && typ->is_string() ? std::string(*typ->string()) : "JWT";
}

Result<Minted> mint(const http::Request& request, const Wish& wish, TestDouble& test) {
    if (const auto known = has_only(request, {"username", "claims", "lifetime", "typ", "fault"}); !known)
        return known.error();
    json::Document document, nothing;
    const auto body = document.parse(request.body);
    const auto claims_wished = body ? body->find("claims") : std::nullopt;
    const json::Value theirs = wish.claims ? *claims_wished : *nothing.parse("{}");
    Components& all = test.server->components();
    const auto account = account_called(wish.username, all);
    if (!account) return account.error();
    const auto session = all.sessions.start(*account, {.device = "POST /test/tokens", .address = {}});
    if (!session) return session.error();
    const auto issued = test.server->tokens().issue(
        {store::subject_of(*account), session->id, session->ends_at, session->status_index});
    if (!issued) return issued.error();
    std::string token = issued->access_token;
    if (wish.claims || wish.lifetime || wish.typ || wish.fault) {
        const Time now = test.clock.now();
        const std::string claims = changed(claims_of(token), theirs, wish, now);
        token = broken(wish.fault.value_or(""), claims, test.server->keys().keys->signing(now),
                       wish.typ.value_or(typ_of(token)));
    }
    return Minted{std::move(token), "bearer", account->id};
}

// POST /test/faults: each stays until another one takes its place.
struct Faults {
    static constexpr std::string_view schema_name = "TestFaults";
    std::optional<std::string> database;
    std::optional<std::int64_t> milliseconds;  // how much slower; a second, if it is not said
    std::optional<std::string> keys;
};
KEYHOLD_FIELDS(Faults, (database, one_of("none", "gone", "slow")), (milliseconds, range(1, 60'000)),
               (keys, one_of("rotated", "dropped")))

// Each takes the place of the one before it.
void break_database(const std::string& how, std::chrono::milliseconds delay, TestDouble& test) {
    store::Database& database = *test.server->components().stores.database;
    database.slow_down(how == "slow" ? delay : std::chrono::milliseconds(0));
    if (how == "gone")
        test.database.take_away();
    else
        test.database.bring_back();
}

Result<NoContent> break_keys(const std::string& how, TestDouble& test) {
    auto* const own = test.server->keys().own.get();
    if (own == nullptr) return Error(errors::key_conflict, "a secret_key signs, and nothing can take its place");
    if (how == "rotated") {
        if (const auto done = own->ring.rotate(domain::Begins::at_once); !done) return done.error();
    } else {
        const std::string kid = test.server->keys().keys->signing(test.clock.now()).kid();
        if (const auto done = own->ring.drop(kid); !done) return done.error();
    }
    test.server->keys().keys->reload();
    return NoContent();
}

Result<NoContent> break_something(const http::Request& request, const Faults& faults, TestDouble& test) {
    if (const auto known = has_only(request, {"database", "milliseconds", "keys"}); !known) return known.error();
    if (!faults.database && !faults.milliseconds && !faults.keys)
        return Error(errors::validation_failed, "Neither database nor keys is said");
    const std::lock_guard lock(test.mutex);
    if (faults.milliseconds && faults.database != "slow")
        return Error(errors::validation_failed, "milliseconds says how slow a database is that is slow");
    if (faults.database)
        break_database(*faults.database, std::chrono::milliseconds(faults.milliseconds.value_or(1'000)), test);
    if (faults.keys)
        if (auto done = break_keys(*faults.keys, test); !done) return done;
    return NoContent();
}

// POST /test/reset: nobody has registered, the clock is right, nothing is broken. The keys stay, as verifiers may have
// fetched them.
// Also what nodes and the chain of events need to go on.
constexpr std::array<std::string_view, 8> what_stays{"keyhold_schema",        "keyhold_program_schema", "keyhold_keys",
                                                     "keyhold_id_token_keys", "keyhold_change_counter", "keyhold_nodes",
                                                     "keyhold_event_chain",   "keyhold_status_lists"};

// sqlite_sequence holds the last number of each AUTOINCREMENT, and is there only if a program's table has one.
constexpr store::Sql select_tables{
    "SELECT name FROM sqlite_master WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')",
    "", "t"};
// Those that can be written: none that are generated.
constexpr store::Sql select_column_names{"SELECT name FROM pragma_table_info(:a)", "t", "t"};
constexpr store::Sql select_references{
    "SELECT m.name, f.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'", "",
    "tt"};

// Before the name of a program's table: another one, with the rows that its migrations wrote.
constexpr std::string_view first_rows = "keyhold_test_first_";

bool stays(std::string_view table) {
    return table.starts_with(first_rows) || std::ranges::find(what_stays, table) != what_stays.end();
}

bool is_of_program(std::string_view table) { return !table.starts_with("keyhold_") && !table.starts_with("sqlite_"); }

// As SQL writes a name (SQL-92 §5.2).
std::string sql_name(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text.append(c == '"' ? 2 : 1, c);
    return text + "\"";
}

std::vector<std::string> all_tables(store::Connection& connection) {
    std::vector<std::string> tables;
    connection.statement(select_tables).run({}, [&](const store::Statement& row) { tables.push_back(row.text(0)); });
    return tables;
}

std::string columns_of(store::Connection& connection, std::string_view table) {
    std::string list;
    connection.statement(select_column_names).run({table}, [&](const store::Statement& row) {
        list += (list.empty() ? "" : ", ") + sql_name(row.text(0));
    });
    return list;
}

// A table that refers to another one comes before it, as ON DELETE RESTRICT is not deferred to the end of the
// transaction. Tables that refer to each other in a circle come in any order.
std::vector<std::string> children_first(store::Connection& connection, std::vector<std::string> tables) {
    std::vector<std::pair<std::string, std::string>> references;
    connection.statement(select_references).run({}, [&](const store::Statement& row) {
        references.emplace_back(row.text(0), row.text(1));
    });
    std::vector<std::string> ordered;
    while (!tables.empty()) {
        const auto is_referred_to = [&](const std::string& table) {
            return std::ranges::any_of(references, [&](const auto& reference) {
                return equal_ignoring_case(reference.second, table) && reference.first != table &&
                       std::ranges::find(tables, reference.first) != tables.end();
            });
        };
        auto next = std::ranges::find_if_not(tables, is_referred_to);
        if (next == tables.end()) next = tables.begin();
        ordered.push_back(*next);
        tables.erase(next);
    }
    return ordered;
}

// Every table but those that stay; in those of the program stands afterwards what its migrations wrote.
void begin_tables_anew(store::Connection& connection) {
    connection.execute("PRAGMA defer_foreign_keys = ON");  // until the end of the transaction
    const std::vector<std::string> tables = children_first(connection, all_tables(connection));
    for (const std::string& table : tables)
        if (!stays(table)) connection.execute("DELETE FROM " + sql_name(table));
    for (const std::string& table : tables) {
        const std::string first = std::string(first_rows) + table;
        if (std::ranges::find(tables, first) == tables.end()) continue;  // made by a handler, and empty now
        const std::string columns = columns_of(connection, table);
        connection.execute("INSERT INTO " + sql_name(table) + " (" + columns + ") SELECT " + columns + " FROM " +
                           sql_name(first));
    }
}

NoContent reset(TestDouble& test) {
    const std::lock_guard lock(test.mutex);
    break_database("none", {}, test);
    test.clock.reset();
    Components& all = test.server->components();
    // As one transaction, so that no request sees half of it.
    all.stores.database->write([&](store::Connection& connection) {
        begin_tables_anew(connection);
        // The rows that a new database begins with (store/schema/migration_steps.cpp).
        connection.execute("INSERT INTO keyhold_roles (name, created_at) VALUES ('admin', " +
                           std::to_string(test.clock.now().time_since_epoch().count()) + ")");
        connection.execute("INSERT INTO keyhold_role_scopes (role, scope) VALUES ('admin', 'keyhold:admin')");
        connection.execute("UPDATE keyhold_event_chain SET sequence = 0, hash = ''");
        // The jump of a thousand million makes a gap in the numbers: every reader of changes then forgets all that it
        // remembers, as after a restore.
        connection.execute("UPDATE keyhold_change_counter SET sequence = sequence + 1000000000");
        store::record_change(connection, store::Changed::keys, "");
        return true;
    });
    return NoContent();
}

}  // namespace

void remember_own_rows(TestDouble& test) {
    test.server->components().stores.database->write([](store::Connection& connection) {
        for (const std::string& table : all_tables(connection))
            if (is_of_program(table))
                connection.execute("CREATE TABLE " + sql_name(std::string(first_rows) + table) + " AS SELECT " +
                                   columns_of(connection, table) + " FROM " + sql_name(table));
        return true;
    });
}

void add_test_routes(http::Mount& mount) {
    using enum http::Method;
    const auto about = [](std::string_view summary) {
        // An account may have to be made, whose password is hashed.
        return http::RouteAbout{.summary = summary, .tag = "test", .on = http::On::hashing, .no_store = true};
    };
    mount.add(get, "/test/clock", {.summary = "What time it is here", .tag = "test", .no_store = true}, tell);
    mount.add(post, "/test/clock", {.summary = "Turn the clock", .tag = "test", .no_store = true}, turn);
    mount.add(post, "/test/tokens", about("Mint a token"), mint);
    mount.add(post, "/test/faults",
              {.summary = "Break something", .tag = "test", .on = http::On::storing, .no_store = true},
              break_something);
    mount.add(post, "/test/reset", {.summary = "Begin anew", .tag = "test", .on = http::On::storing, .no_store = true},
              reset);
}

}  // namespace keyhold::server
