// SPDX-License-Identifier: Apache-2.0
// keyhold token inspect: what is in one token, and why it is refused. The work is in cli/tools/token_inspect.cpp.
#include <fstream>
#include <istream>
#include <ostream>

#include "cli/commands/token.hpp"
#include "cli/program.hpp"
#include "cli/tools/token_inspect.hpp"
#include "cli/tools/token_keys.hpp"
#include "cli/tools/token_life.hpp"
#include "server/settings/server_settings.hpp"

namespace keyhold::cli {
namespace {

// What Knowledge refers to.
struct Known {
    std::optional<jose::KeySet> keys;
    jose::Expectations under_secret;
    domain::OldTokenRules old_tokens;
    std::chrono::seconds lifetime{};  // of the server's own
    store::Stores stores;
};

// Sessions and retired keys are in the database, if there is one.
// If it cannot be opened, the token is judged by itself, and standard error says so.
void ask_database(Context& context, Knowledge& knowledge, Known& known, const Settings& settings, Time now) {
    if (!has_database(settings)) return;
    auto stores = store::open_stores(settings.database_url, {.connections = 1});
    if (!stores) {
        context.err << context.name() << ": " << stores.error().detail()
                    << "; whether its session lives is not looked at\n";
        return;
    }
    known.stores = std::move(*stores);
    knowledge.why_not_live = [&known, now](const json::Value& claims, const jose::Key& key) {
        const bool is_secret = key.is_symmetric();
        return why_not_live(known.stores, claims, is_secret ? &known.old_tokens : nullptr, known.lifetime, now);
    };
    knowledge.what_became_of_key = [&known, now](std::string_view kid) {
        return what_became_of_key(known.stores, kid, now);
    };
}

// What the server would say: of its own keys' tokens by its own rules, of others' by those of `verify`.
Result<Knowledge> knowledge_of(Context& context, const KeyChoice& choice, Known& known, Time now) {
    std::optional<jose::KeySet>& keys = known.keys;
    Knowledge knowledge;
    knowledge.expectations = expectations_of_a_tool(context);
    auto found = find_keys(context, choice);
    // A key that was named must be readable. Without one the server's own keys are tried, and may be missing.
    if (!found && (choice.names_a_file() || !choice.alg.empty())) return std::move(found).error();
    if (!found) {  // a look at the token does not need the server's keys
        context.err << context.name() << ": " << found.error().detail() << '\n';
        return knowledge;
    }
    keys = std::move(*found);
    if (!keys) return knowledge;
    knowledge.keys = &*keys;
    // A key from a file says nothing of the server's settings, so the general rules stay. With the server's own keys,
    // its own rules count.
    if (choice.names_a_file()) return knowledge;
    auto loaded = server::load_settings(Mode::dev, context.sources);
    if (!loaded) return std::move(loaded).error();
    knowledge.expectations = {};
    knowledge.expectations.issuer = loaded->settings.issuer;
    knowledge.expectations.audience_ignored = true;  // by which URL the server is reached is not known here
    known.under_secret = domain::expectations_under_secret(loaded->settings.issuer);
    known.old_tokens = server::old_token_rules(loaded->settings);
    known.lifetime = std::chrono::minutes(loaded->settings.access_token_expire_minutes);
    knowledge.expectations.under_secret = &known.under_secret;
    knowledge.expectations.type = "at+jwt";  // RFC 9068 §4; the tutorial's tokens say JWT
    knowledge.expectations.other_type = loaded->settings.access_token_typ;
    ask_database(context, knowledge, known, loaded->settings, now);
    return knowledge;
}

// One token from the first line of the file or of standard input. Never from the command line, which every user of the
// machine can read with ps(1).
void inspect(Context& context, const Values& values) {
    const auto now = read_now(values);
    if (!now) return context.fail(now.error());
    Known known;
    const auto knowledge = knowledge_of(context, key_choice(values), known, *now);
    if (!knowledge) return context.fail(knowledge.error());
    std::ifstream file;
    const std::string& path = values.text("--file");
    if (!path.empty()) {
        file.open(path, std::ios::binary);
        if (!file) return context.fail(Error(errors::configuration, "cannot read " + path));
    }
    std::string token;
    if (!read_line(path.empty() ? context.in : file, token))
        return context.fail(Error(errors::validation_failed, "no token was given"));
    const auto inspected = inspect_token(token, *knowledge, *now);
    if (!inspected) return context.fail(inspected.error());
    write_inspected(context.out, *inspected, context.json ? Format::json : Format::text);
}

}  // namespace

Command token_inspect_command() {
    Command command{.name = "inspect",
                    .about =
                        "Show the header and the claims of the token on standard input, and say in one sentence why it "
                        "is refused.\nIts signature is checked by the keys that are named, or by the server's own.",
                    .example = "keyhold token inspect < token.txt",
                    .parameters = key_parameters(),
                    .run = inspect};
    command.parameters.push_back({.name = "--file", .help = "Read the token from this file", .placeholder = "FILE"});
    command.parameters.push_back(now_parameter());
    return command;
}

}  // namespace keyhold::cli
