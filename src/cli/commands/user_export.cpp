// SPDX-License-Identifier: Apache-2.0
// keyhold user export: every account with its password hash, for `keyhold import jsonl`.
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/progress.hpp"
#include "crypto/random.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "server/files.hpp"
#include "store/events/event_store.hpp"
#include "store/stores.hpp"

namespace keyhold::cli {
namespace {

// One line of JSON, with the names that `keyhold import jsonl` reads, so that an export can be imported again.
void append(std::string& text, const store::Account& account) {
    json::Writer out(text);
    out.begin_object();
    out.member("id", account.id);
    out.member("username", account.username);
    if (account.email) out.member("email", *account.email);
    if (account.email) out.member("email_verified", account.email_verified);
    out.member("password_hash", account.password_hash);
    out.member("disabled", account.disabled);
    if (account.erase_at) out.member("erase_at", rfc3339(*account.erase_at));
    if (!account.roles.is_empty()) out.member("roles", account.roles.names());
    out.member("created_at", rfc3339(account.created_at));
    out.member("generation", account.generation);
    out.member("password_nfc", account.password_form == store::PasswordForm::nfc);
    out.end_object();
    text += '\n';
}

// `path` is a new file that its owner alone can read; empty: standard output.
void export_accounts(Context& context, const std::string& path) {
    // So that memory does not grow with the accounts. Pages are read one after the other, each as it is then, and not
    // from one snapshot: an account that is made meanwhile may be missing.
    constexpr int page_size = 1000;
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    auto stores = store::open_stores(loaded->settings.database_url, {.connections = 1});
    if (!stores) return context.fail(stores.error());
    const SystemClock clock;
    crypto::SystemRandom random;
    // An application that was adopted may have changed its users since; the export has them as they are there.
    domain::follow_adoption(*stores, clock, random);
    std::optional<server::PrivateFile> file;
    if (!path.empty()) {
        file.emplace(path, server::PrivateFile::Over::nothing);
        if (auto possible = file->check(); !possible) return context.fail(possible.error());
    }
    // Before the first hash leaves, so that an export that breaks off is in the log of events too.
    store::EventStore(stores->database).add(store::event_kind("exported"), {.object = "accounts"});
    Progress progress(context.err, "users");
    std::int64_t count = 0;
    store::AccountPage page;
    std::string text;
    do {
        page = stores->accounts->list(page.next, page_size);
        text.clear();
        for (const store::Account& account : page.accounts) {
            append(text, account);
            progress.show(++count, 0, 0);
        }
        if (file)
            file->write(text);
        else
            context.out << text;
    } while (!page.next.empty());
    if (!file) return;
    // Only here is it known that everything is on the disk; a problem of an earlier write() is told here too.
    if (auto closed = file->close(); !closed) return context.fail(closed.error());
    context.err << count << " users are in " << path << ", with their password hashes: keep it safe\n";
}

}  // namespace

Command user_export_command() {
    return {.name = "export",
            .about =
                "Every user with password hash, as JSON lines; `keyhold import jsonl --roles-column roles` takes them "
                "in again as they were, where there are the same roles",
            .example = "keyhold user export --file users.jsonl",
            .parameters = {{.name = "--file",
                            .help = "A new file, readable by its owner alone; without it, standard output"}},
            .run = [](Context& context, const Values& values) { export_accounts(context, values.text("--file")); }};
}

}  // namespace keyhold::cli
