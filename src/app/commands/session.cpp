// keyhold session list|revoke|revoke-all: who is logged in from where; a running server learns of each change at once.
#include <functional>
#include <memory>
#include <ostream>

#include "app/commands/context.hpp"
#include "base/json.hpp"
#include "server/components.hpp"

namespace keyhold::app {
namespace {

using domain::Session;

void print_json(std::ostream& out, const Components& house, const Session& session) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("id", session.id);
    writer.member("account_id", session.account_id);
    writer.member("device", session.device);
    writer.member("address", session.address);
    writer.member("created_at", rfc3339(session.created_at));
    writer.member("last_used_at", rfc3339(session.last_used_at));
    writer.member("expires_at", rfc3339(house.sessions.expires_at(session)));
    writer.end_object();
    out << line;
}

void list(Context& context, Components& house, const std::string& username) {
    const auto account = house.accounts.find(username);
    if (!account) return context.fail(account.error());
    constexpr int page_size = 1000;
    std::string after;
    bool first = true;
    if (context.json) context.out << '[';
    do {
        const auto page = house.sessions.list(account->id, after, page_size);
        for (const Session& session : page.sessions) {
            if (context.json) {
                context.out << (first ? "" : ",\n");
                print_json(context.out, house, session);
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

void report(Context& context, std::size_t ended) {
    if (context.json)
        context.out << "{\"ended\":" << ended << "}\n";
    else
        context.err << ended << (ended == 1 ? " session has ended\n" : " sessions have ended\n");
}

void revoke(Context& context, Components& house, const std::string& id) {
    const auto ended = house.sessions.end(id, domain::revoked);
    if (!ended) return context.fail(ended.error());
    report(context, 1);
}

void revoke_all(Context& context, Components& house, const std::string& username) {
    const auto account = house.accounts.find(username);
    if (!account) return context.fail(account.error());
    report(context, house.sessions.end_all({account->id}, domain::revoked));
}

struct SessionCommand {
    const char* name;
    const char* about;
    const char* example;
    const char* argument;
    void (*run)(Context&, Components&, const std::string&);
};

constexpr std::array session_commands{
    SessionCommand{"list", "Where a user is logged in, newest first", "keyhold session list alice", "username", list},
    SessionCommand{"revoke", "End one session; its tokens are refused from now on",
                   "keyhold session revoke 019abcde-f012-7abc-8def-0123456789ab", "id", revoke},
    SessionCommand{"revoke-all", "End every session of a user", "keyhold session revoke-all alice", "username",
                   revoke_all},
};

}  // namespace

void add_session_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "session", "See and end sessions", "keyhold session list alice");
    group->require_subcommand(1);
    for (const SessionCommand& row : session_commands) {
        CLI::App* command = add_command(*group, row.name, row.about, row.example);
        auto argument = std::make_shared<std::string>();
        command->add_option(row.argument, *argument, "Which")->required();
        command->callback([&context, &row, argument] {
            const auto loaded = context.settings(Mode::serve);
            if (!loaded) return;
            const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
            auto house = Components::open(loaded->settings, 1, warn);
            if (!house) return context.fail(house.error());
            row.run(context, **house, *argument);
        });
    }
}

}  // namespace keyhold::app
