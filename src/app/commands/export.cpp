// keyhold user export: every account with its password hash, for `keyhold import jsonl`.
#include <ostream>

#include "app/commands/context.hpp"
#include "app/progress.hpp"
#include "base/json.hpp"
#include "crypto/random.hpp"
#include "domain/adopted_accounts.hpp"
#include "server/files.hpp"
#include "store/stores.hpp"

namespace keyhold::app {
namespace {

void append(std::string& text, const store::Account& account) {
    json::Writer out(text);
    out.begin_object();
    out.member("id", account.id);
    out.member("username", account.username);
    out.member("password_hash", account.password_hash);
    out.member("disabled", account.disabled);
    out.member("created_at", rfc3339(account.created_at));
    out.member("generation", account.generation);
    out.member("password_nfc", account.password_form == store::PasswordForm::nfc);
    out.end_object();
    text += '\n';
}

void export_accounts(Context& context, const std::string& path) {
    constexpr int page_size = 1000;
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    auto stores = store::open_stores(loaded->settings.database_url, {.connections = 1});
    if (!stores) return context.fail(stores.error());
    const SystemClock clock;
    crypto::SystemRandom random;
    domain::follow_adoption(*stores, clock, random);
    std::optional<PrivateFile> file;
    if (!path.empty()) {
        file.emplace(path, PrivateFile::Over::nothing);
        if (auto possible = file->check(); !possible) return context.fail(possible.error());
    }
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
    if (auto closed = file->close(); !closed) return context.fail(closed.error());
    context.err << count << " users are in " << path << ", with their password hashes: keep it safe\n";
}

}  // namespace

void add_export_command(CLI::App& group, Context& context) {
    CLI::App* command = add_command(group, "export",
                                    "Every user with password hash, as JSON lines; `keyhold import jsonl` takes them "
                                    "in again as they were",
                                    "keyhold user export --file users.jsonl");
    const auto path = std::make_shared<std::string>();
    command->add_option("--file", *path, "A new file, readable by its owner alone; without it, standard output");
    command->callback([&context, path] { export_accounts(context, *path); });
}

}  // namespace keyhold::app
