// SPDX-License-Identifier: Apache-2.0
// keyhold user add|list|show|set-email|close|delete|set-password|enable|disable|unlock. A running server sees every
// change at once.
#include <functional>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "domain/words.hpp"

namespace keyhold::cli {
namespace {

using domain::Account;
using domain::Accounts;

// Without the password hash, unlike that of `user export`. `guesses` only where one account is shown, as it is a
// look-up for each.
std::string json_of(const Account& account, const domain::Throttle::State* guesses = nullptr) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", account.id);
    out.member("username", account.username);
    if (account.email) out.member("email", *account.email);
    if (account.email) out.member("email_verified", account.email_verified);
    out.member("disabled", account.disabled);
    out.name("roles");
    out.begin_array();
    for (const std::string_view role : words_in(account.roles.names())) out.value(role);
    out.end_array();
    if (account.erase_at) out.member("erase_at", rfc3339(*account.erase_at));
    out.member("created_at", rfc3339(account.created_at));
    if (guesses != nullptr) out.member("failed_logins", guesses->failures);
    if (guesses != nullptr && guesses->locked_until) out.member("locked_until", rfc3339(*guesses->locked_until));
    out.end_object();
    return text;
}

// Behind the name, unless it is the name.
std::string address_of(const Account& account) {
    if (!account.email) return {};
    const std::string shown = account.email == account.username ? std::string() : "  <" + *account.email + ">";
    return shown + (account.email_verified ? "" : "  (address not verified)");
}

// One line: id, creation, state, name and address. The state has a fixed width, so that the names stand below each
// other.
void print(Context& context, const Account& account) {
    if (context.json)
        context.out << json_of(account) << '\n';
    else
        context.out << account.id << "  " << rfc3339(account.created_at) << "  "
                    << (account.erase_at   ? "closed    "
                        : account.disabled ? "disabled  "
                                           : "enabled   ")
                    << account.username << address_of(account) << '\n';
}

// By page of a thousand, so that any number of users takes the same memory.
void list_users(Context& context, Accounts& accounts, const Values&) {
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

// Prints what was done, or why it was not; as JSON the user as he is now, if he is.
void report(Context& context, Accounts& accounts, const Result<>& result, std::string_view done,
            const std::string& username) {
    if (!result) return context.fail(result.error());
    if (!context.json)
        context.err << username << ' ' << done << '\n';
    else if (const auto account = accounts.find(username))
        print(context, *account);
}

// Ends all sessions of the user as well, as after a reset: the old password may be known to somebody.
void set_password(Context& context, Accounts& accounts, const std::string& username) {
    auto password = context.read_new_password();
    if (!password) return context.fail(password.error());
    report(context, accounts, accounts.set_password(username, *password), "has a new password", username);
}

// An address given here is verified only if the operator says so with --verified.
void add_user(Context& context, Accounts& accounts, const Values& values) {
    auto password = context.read_new_password();
    if (!password) return context.fail(password.error());
    Accounts::Called called{.username = values.text("username"), .is_verified = values.given("--verified")};
    if (values.given("--email")) called.email = values.text("--email");
    const auto account = accounts.create(called, *password);
    if (!account) return context.fail(account.error());
    print(context, *account);
}

void set_email(Context& context, Accounts& accounts, const Values& values) {
    const std::string& address = values.text("address");
    // Exactly one of the two: a script whose variable is empty shall not take the address away.
    if (address.empty() != values.given("--none")) {
        context.err << context.name() << ": say an address, or --none\n";
        context.exit = Exit::usage;
        return;
    }
    const auto wanted = address.empty() ? std::nullopt : std::optional<std::string_view>(address);
    // The account may be called by its address, and then has another name from here on; what is printed is what there
    // is.
    const auto account = accounts.set_email(values.text("username"), wanted, values.given("--verified"));
    if (!account) return context.fail(account.error());
    print(context, *account);
}

// With the failed log-ins of today and a lock, which `user list` does not look up.
void show_user(Context& context, Accounts& accounts, const std::string& username) {
    const auto account = accounts.find(username);
    if (!account) return context.fail(account.error());
    const auto guesses = accounts.guesses_at(*account);
    if (context.json) {
        context.out << json_of(*account, &guesses) << '\n';
        return;
    }
    print(context, *account);
    if (!account->roles.is_empty()) context.out << "roles: " << account->roles.names() << '\n';
    // A closed account waits for its erasure, and a log-in before that moment keeps it.
    if (account->erase_at) context.out << "is erased at " << rfc3339(*account->erase_at) << '\n';
    if (guesses.failures > 0) context.out << "failed log-ins: " << guesses.failures << '\n';
    if (guesses.locked_until)
        // A device that has logged in before still gets in, so that nobody can lock an owner out by guessing.
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
    return context.agrees(question + account->username + "?");
}

// Deletes the account with all that belongs to it. This cannot be undone; `user close` can, for some days.
void remove_user(Context& context, Accounts& accounts, const std::string& username) {
    report(context, accounts, accounts.remove(username), "is deleted", username);
}

// Sessions end and tokens are refused at once; nothing is deleted, and `user enable` lets the person in again.
void disable(Context& context, Accounts& accounts, const std::string& username) {
    report(context, accounts, accounts.set_disabled(username, true), "is disabled", username);
}

// Also undoes `user close` while the account is not erased yet.
void enable(Context& context, Accounts& accounts, const std::string& username) {
    report(context, accounts, accounts.set_disabled(username, false), "is enabled", username);
}

// Forgets the failed log-ins, for somebody who was locked out by the guesses of others.
void unlock(Context& context, Accounts& accounts, const std::string& username) {
    report(context, accounts, accounts.unlock(username), "is unlocked", username);
}

// Gives the action the accounts of the settings' database.
Run on_accounts(std::function<void(Context&, Accounts&, const Values&)> action) {
    return [action = std::move(action)](Context& context, const Values& values) {
        with_components(context, [&](const Settings&, server::Components& components) {
            action(context, components.accounts, values);
        });
    };
}

// With a question, a person is asked before, and the user must be there.
Run on_user(void (*action)(Context&, Accounts&, const std::string& username), const char* question = nullptr) {
    return on_accounts([action, question](Context& context, Accounts& accounts, const Values& values) {
        const std::string& username = values.text("username");
        if (question != nullptr && !values.given("--yes") && !is_wanted(context, accounts, question, username)) return;
        action(context, accounts, username);
    });
}

}  // namespace

Command user_command() {
    const Parameter whom{.name = "username", .help = "Whom: the username, or the e-mail address", .required = true};
    return {.name = "user",
            .about = "Look after users",
            .example = "keyhold user add alice",
            .reads = {server::Topic::database, server::Topic::passwords},
            .commands = {
                user_export_command(),
                user_invite_command(),
                user_invitations_command(),
                user_revoke_invitation_command(),
                user_login_link_command(),
                user_profile_command(),
                user_close_command(),
                {.name = "add",
                 .about = "Add a user; the password is asked for, or read from standard input",
                 .example = "keyhold user add alice",
                 .parameters = {whom,
                                {.name = "--email", .help = "An e-mail address beside the username"},
                                {.name = "--verified",
                                 .help = "Mail to the address reaches them: nobody need prove it",
                                 .takes = Takes::nothing}},
                 .run = on_accounts(add_user)},
                {.name = "set-email",
                 .about = "Give a user another e-mail address; whoever is called by the address is called by the new "
                          "one",
                 .example = "keyhold user set-email alice alice@example.com --verified",
                 .parameters = {whom,
                                {.name = "address", .help = "The address"},
                                {.name = "--none", .help = "No address any more", .takes = Takes::nothing},
                                {.name = "--verified",
                                 .help = "Mail to the address reaches them: nobody need prove it",
                                 .takes = Takes::nothing}},
                 .run = on_accounts(set_email)},
                {.name = "list",
                 .about = "Every user, by name",
                 .example = "keyhold user list --json",
                 .run = on_accounts(list_users)},
                {.name = "show",
                 .about = "One user",
                 .example = "keyhold user show alice",
                 .parameters = {whom},
                 .run = on_user(show_user)},
                {.name = "delete",
                 .about = "Delete a user; their tokens are refused from now on",
                 .example = "keyhold user delete alice",
                 .parameters = {whom,
                                {.name = "--yes",
                                 .help = "Do not ask; without a terminal nobody is asked",
                                 .takes = Takes::nothing}},
                 .run = on_user(remove_user, "Their sessions end, and nothing brings the account back. Delete ")},
                {.name = "set-password",
                 .about = "Give a user a new password, asked for or read from standard input",
                 .example = "keyhold user set-password alice",
                 .parameters = {whom},
                 .run = on_user(set_password)},
                {.name = "disable",
                 .about = "Lock a user out; their tokens are refused from now on",
                 .example = "keyhold user disable alice",
                 .parameters = {whom},
                 .run = on_user(disable)},
                {.name = "enable",
                 .about = "Let a disabled user in again",
                 .example = "keyhold user enable alice",
                 .parameters = {whom},
                 .run = on_user(enable)},
                {.name = "unlock",
                 .about = "Forget failed log-ins, so that a locked user need not wait",
                 .example = "keyhold user unlock alice",
                 .parameters = {whom},
                 .run = on_user(unlock)},
            }};
}

}  // namespace keyhold::cli
