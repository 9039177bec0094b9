// SPDX-License-Identifier: Apache-2.0
// keyhold session list|revoke|revoke-all: who is logged in from where; a running server learns of each change at once.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"

namespace keyhold::cli {
namespace {

using domain::Session;

// "expires_at" follows from the rules of the settings, as a session ends by being idle too: it is no column.
void print_json(std::ostream& out, const server::Components& components, const Session& session) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("id", session.id);
    writer.member("account_id", session.account_id);
    writer.member("device", session.device);
    writer.member("address", session.address);
    writer.member("created_at", rfc3339(session.created_at));
    writer.member("last_used_at", rfc3339(session.last_used_at));
    writer.member("expires_at", rfc3339(components.sessions.expires_at(session)));
    writer.end_object();
    out << line;
}

// By page of a thousand: an account used by a script may have very many sessions. Without --json a line has id, last
// use, address and device; the device is last because it may hold spaces.
void list_sessions(Context& context, server::Components& components, const std::string& username) {
    const auto account = components.accounts.find(username);
    if (!account) return context.fail(account.error());
    constexpr int page_size = 1000;
    std::string after;
    bool first = true;
    if (context.json) context.out << '[';
    do {
        const auto page = components.sessions.list(account->id, after, page_size);
        for (const Session& session : page.sessions) {
            if (context.json) {
                context.out << (first ? "" : ",\n");
                print_json(context.out, components, session);
            } else {
                context.out << session.id << "  " << rfc3339(session.last_used_at) << "  " << session.address << "  "
                            << session.device << '\n';
            }
            first = false;
        }
        after = page.next;
    } while (!after.empty());
    if (context.json) context.out << "]\n";
}

// Says how many sessions were ended: as JSON to standard output, else as a sentence to standard error.
void report(Context& context, std::size_t ended) {
    if (context.json)
        context.out << "{\"ended\":" << ended << "}\n";
    else
        context.err << ended << (ended == 1 ? " session has ended\n" : " sessions have ended\n");
}

// Ends one session by its id. Exit code: not_found for an id that nobody has, or whose session ended more than a day
// ago.
void revoke_session(Context& context, server::Components& components, const std::string& id) {
    const auto ended = components.sessions.end(id, domain::revoked);
    if (!ended) return context.fail(ended.error());
    report(context, 1);
}

// A session that begins right after it stays: `user disable` is what keeps an account out.
void revoke_all(Context& context, server::Components& components, const std::string& username) {
    const auto account = components.accounts.find(username);
    if (!account) return context.fail(account.error());
    report(context, components.sessions.end_all({account->id}, domain::revoked));
}

// Runs the action on the sessions of the settings, with the argument of this name.
Run on_sessions(void (*action)(Context&, server::Components&, const std::string&), const char* argument) {
    return [action, argument](Context& context, const Values& values) {
        with_components(context, [&](const Settings&, server::Components& components) {
            action(context, components, values.text(argument));
        });
    };
}

}  // namespace

Command session_command() {
    const Parameter username{.name = "username", .help = "Which", .required = true};
    const Parameter id{.name = "id", .help = "Which", .required = true};
    return {.name = "session",
            .about = "See and end sessions",
            .example = "keyhold session list alice",
            .reads = {server::Topic::database, server::Topic::sessions},
            .commands = {
                {.name = "list",
                 .about = "Where a user is logged in, newest first",
                 .example = "keyhold session list alice",
                 .parameters = {username},
                 .run = on_sessions(list_sessions, "username")},
                {.name = "revoke",
                 .about = "End one session; its tokens are refused from now on",
                 .example = "keyhold session revoke 019abcde-f012-7abc-8def-0123456789ab",
                 .parameters = {id},
                 .run = on_sessions(revoke_session, "id")},
                {.name = "revoke-all",
                 .about = "End every session of a user",
                 .example = "keyhold session revoke-all alice",
                 .parameters = {username},
                 .run = on_sessions(revoke_all, "username")},
            }};
}

}  // namespace keyhold::cli
