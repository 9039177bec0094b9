// keyhold user add|list|show|delete|set-password|enable|disable|unlock. A running server sees every change at once.
#include <functional>
#include <ostream>

#include "app/commands/context.hpp"
#include "base/json.hpp"
#include "server/components.hpp"

namespace keyhold::app {
namespace {

using domain::Account;
using domain::Accounts;

std::string json_of(const Account& account, const domain::Throttle::State* guesses = nullptr) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", account.id);
    out.member("username", account.username);
    out.member("disabled", account.disabled);
    out.member("created_at", rfc3339(account.created_at));
    if (guesses != nullptr) out.member("failed_logins", guesses->failures);
    if (guesses != nullptr && guesses->locked_until) out.member("locked_until", rfc3339(*guesses->locked_until));
    out.end_object();
    return text;
}

void print(Context& context, const Account& account) {
    if (context.json)
        context.out << json_of(account) << '\n';
    else
        context.out << account.id << "  " << rfc3339(account.created_at) << "  "
                    << (account.disabled ? "disabled  " : "enabled   ") << account.username << '\n';
}

void list(Context& context, Accounts& accounts) {
    constexpr int page_size = 1000;
    std::string after;
    bool first = true;
    if (context.json) context.out << "[";
    do {
        const auto page = accounts.list(after, page_size);
        for (const Account& account : page.accounts) {
            if (context.json)
                context.out << (first ? "" : ",\n") << json_of(account);
            else
                print(context, account);
            first = false;
        }
        after = page.next;
    } while (!after.empty());
    if (context.json) context.out << "]\n";
}

// Prints what was done, or why it was not.
void report(Context& context, const Result<>& result, std::string_view done, const std::string& username) {
    if (!result) return context.fail(result.error());
    if (!context.json) context.err << username << ' ' << done << '\n';
}

void set_password(Context& context, Accounts& accounts, const std::string& username) {
    auto password = context.read_new_password();
    if (!password) return context.fail(password.error());
    report(context, accounts.set_password(username, *password), "has a new password", username);
}

void add(Context& context, Accounts& accounts, const std::string& username) {
    auto password = context.read_new_password();
    if (!password) return context.fail(password.error());
    const auto account = accounts.create(username, *password);
    if (!account) return context.fail(account.error());
    print(context, *account);
}

void show(Context& context, Accounts& accounts, const std::string& username) {
    const auto account = accounts.find(username);
    if (!account) return context.fail(account.error());
    const auto guesses = accounts.guesses_at(*account);
    if (context.json) {
        context.out << json_of(*account, &guesses) << '\n';
        return;
    }
    print(context, *account);
    if (guesses.failures > 0) context.out << "failed log-ins: " << guesses.failures << '\n';
    if (guesses.locked_until)
        context.out << "locked until " << rfc3339(*guesses.locked_until)
                    << " for devices that are not known: keyhold user unlock " << account->username << '\n';
}

// False, and the exit code, if there is no such user or whoever sits at the terminal does not say yes.
bool is_wanted(Context& context, Accounts& accounts, const std::string& question, const std::string& username) {
    const auto account = accounts.find(username);
    if (!account) {
        context.fail(account.error());
        return false;
    }
    if (context.agrees(question + account->username + "?")) return true;
    context.err << "Nothing was changed.\n";
    context.exit = Exit::failed;
    return false;
}

using Action = std::function<void(Context&, Accounts&, const std::string& username)>;

struct UserCommand {
    const char* name;
    const char* about;
    const char* example;
    bool names_a_user;
    Action action;
    const char* question = nullptr;  // a person is asked before, and the user must be there
};

const std::vector<UserCommand>& user_commands() {
    static const std::vector<UserCommand> commands{
        {"add", "Add a user; the password is asked for, or read from standard input", "keyhold user add alice", true,
         add},
        {"list", "Every user, by name", "keyhold user list --json", false,
         [](auto& context, auto& accounts, auto&) { list(context, accounts); }},
        {"show", "One user", "keyhold user show alice", true, show},
        {"delete", "Delete a user; their tokens are refused from now on", "keyhold user delete alice", true,
         [](auto& context, auto& accounts, auto& name) { report(context, accounts.remove(name), "is deleted", name); },
         "Their sessions end, and nothing brings the account back. Delete "},
        {"set-password", "Give a user a new password, asked for or read from standard input",
         "keyhold user set-password alice", true, set_password},
        {"disable", "Lock a user out; their tokens are refused from now on", "keyhold user disable alice", true,
         [](auto& context, auto& accounts, auto& name) {
             report(context, accounts.set_disabled(name, true), "is disabled", name);
         }},
        {"enable", "Let a disabled user in again", "keyhold user enable alice", true,
         [](auto& context, auto& accounts, auto& name) {
             report(context, accounts.set_disabled(name, false), "is enabled", name);
         }},
        {"unlock", "Forget failed log-ins, so that a locked user need not wait", "keyhold user unlock alice", true,
         [](auto& context, auto& accounts, auto& name) {
             report(context, accounts.unlock(name), "is unlocked", name);
         }},
    };
    return commands;
}

}  // namespace

void add_user_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "user", "Look after users", "keyhold user add alice");
    group->require_subcommand(1);
    add_export_command(*group, context);
    add_invite_command(*group, context);
    for (const UserCommand& row : user_commands()) {
        CLI::App* command = add_command(*group, row.name, row.about, row.example);
        auto username = std::make_shared<std::string>();
        auto yes = std::make_shared<bool>(false);
        if (row.names_a_user) command->add_option("username", *username, "Whom")->required();
        if (row.question != nullptr) command->add_flag("--yes", *yes, "Do not ask; without a terminal nobody is asked");
        command->callback([&context, &row, username, yes] {
            const auto loaded = context.settings(Mode::serve);
            if (!loaded) return;
            const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
            auto house = Components::open(loaded->settings, 1, warn);
            if (!house) return context.fail(house.error());
            if (row.question != nullptr && !*yes && !is_wanted(context, (*house)->accounts, row.question, *username))
                return;
            row.action(context, (*house)->accounts, *username);
        });
    }
}

}  // namespace keyhold::app
