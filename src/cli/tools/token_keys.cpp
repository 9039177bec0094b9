// SPDX-License-Identifier: Apache-2.0
// Where `keyhold token` takes its keys from: a file that a flag names, or the server's own settings.
#include "cli/tools/token_keys.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "cli/tools/token_life.hpp"
#include "crypto/random.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/key_text.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

// A shared secret. Refused: key_malformed for a JWK; key_weak for one that is too short for the algorithm.
Result<jose::KeySet> from_secret(std::string_view text, const jose::Algorithm* named) {
    // One line end, as editors write it; two of them are part of the secret.
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    // The text of a JWK is a secret as good as any other, but nobody meant that.
    json::Document document;
    if (const auto jwk = document.parse(text); jwk && (jwk->find("kty") || jwk->find("keys")))
        return Error(errors::key_malformed, "This is a JWK and no secret: give it as --jwk or --jwks");
    jose::KeySet keys;
    // A secret says nothing of its algorithm, so it is tried as each.
    for (const jose::Algorithm& algorithm : jose::algorithms) {
        if (named != nullptr ? named != &algorithm : algorithm.key_type != jose::KeyType::oct) continue;
        auto key = jose::Key::from_secret(algorithm, text);
        if (!key) return std::move(key).error();
        keys.add(std::move(*key));
    }
    return keys;
}

// A JSON text begins with '{' and may hold the line of a PEM in a string, so that is asked first.
Result<jose::KeySet> from_key_text(std::string_view text, const jose::Algorithm* named) {
    const bool is_json = text.substr(std::min(text.size(), text.find_first_not_of(" \t\r\n"))).starts_with('{');
    const bool is_pem = !is_json && text.find("-----BEGIN ") != std::string_view::npos;  // comments may come first
    if (is_pem) return jose::KeySet::parse_pem(text, named);
    return jose::parse_jwks(text, named, "a JWK, a JWK Set, or a key or certificate in PEM");
}

// As the server would use them now. Keys of our own that are not there yet are not made by somebody who looks at a
// token: until the server starts, the secret alone verifies, if there is one.
Result<std::optional<jose::KeySet>> from_settings(const Context& context) {
    auto loaded = server::load_settings(server::Mode::dev, context.sources);
    if (!loaded) return std::move(loaded).error();
    const server::Settings& settings = loaded->settings;
    store::Stores stores;
    if (!server::secret_signs(settings)) {
        if (has_database(settings)) {
            auto opened = store::open_stores(settings.database_url, {.connections = 1});
            if (opened)
                stores = std::move(*opened);
            else if (opened.error().errc() != errors::not_found)
                return std::move(opened).error();
        }
        // HS256 alone, as the server has tokens under a secret, which stay good when it signs with keys.
        if (!stores.keys || stores.keys->all().empty()) {
            if (settings.secret_key.empty()) return std::optional<jose::KeySet>();
            auto key = jose::Key::from_secret(*jose::find_algorithm("HS256"), settings.secret_key.reveal());
            if (!key) return std::move(key).error();
            jose::KeySet secret;
            secret.add(std::move(*key));
            return std::optional(std::move(secret));
        }
    }
    const SystemClock clock;
    crypto::SystemRandom random;
    auto keys = server::open_signing_keys(settings, stores, clock, random, [](std::string_view) {});
    if (!keys) return std::move(keys).error();
    jose::KeySet set;
    // Shared and not copied: the set outlives `keys`.
    for (const jose::Key& key : keys->keys->verifying(clock.now()).keys()) set.add(key.share());
    return std::optional(std::move(set));
}

}  // namespace

Result<std::optional<jose::KeySet>> find_keys(const Context& context, const KeyChoice& choice) {
    const jose::Algorithm* named = nullptr;
    if (!choice.alg.empty()) {
        named = jose::find_algorithm(choice.alg);
        if (named == nullptr)
            return Error(errors::validation_failed, "--alg " + choice.alg + " is no algorithm of ours");
    }
    // At most one of the files is given, because the flags exclude each other.
    struct Source {
        const std::string* file;
        Result<jose::KeySet> (*read)(std::string_view text, const jose::Algorithm* named);
    };
    for (const auto& [file, read] : {Source{&choice.jwks_file, from_key_text}, Source{&choice.jwk_file, from_key_text},
                                     Source{&choice.secret_file, from_secret}}) {
        if (file->empty()) continue;
        auto text = server::read_text_file(*file, server::patience_with_people);
        if (!text) return std::move(text).error();
        auto keys = read(text->reveal(), named);
        if (!keys) return Error(keys.error().errc(), *file + ": " + std::string(keys.error().detail()));
        return std::optional(std::move(*keys));
    }
    if (named != nullptr) return Error(errors::validation_failed, "--alg goes with --jwks, --jwk or --secret-file");
    return from_settings(context);
}

// For commands that cannot do without a key. Refused: configuration, if nothing gives one.
Result<jose::KeySet> read_keys(const Context& context, const KeyChoice& choice) {
    auto found = find_keys(context, choice);
    if (!found) return std::move(found).error();
    if (*found) return std::move(**found);
    return Error(errors::configuration,
                 "no keys: set SECRET_KEY, start the server once, or give --jwks, --jwk or --secret-file");
}

std::vector<Parameter> key_parameters() {
    return {{.name = "--jwks",
             .help = "Keys: a JWK Set in a file",
             .placeholder = "FILE",
             .excludes = {"--jwk", "--secret-file"}},
            {.name = "--jwk",
             .help = "Key: a JWK, or a key or certificate in PEM, in a file",
             .placeholder = "FILE",
             .excludes = {"--secret-file"}},
            {.name = "--secret-file", .help = "Key: a secret in a file", .placeholder = "FILE"},
            {.name = "--alg", .help = "The algorithm of keys that name none (HS256, RS256 ...)", .placeholder = "ALG"}};
}

KeyChoice key_choice(const Values& values) {
    return {.jwks_file = values.text("--jwks"),
            .jwk_file = values.text("--jwk"),
            .secret_file = values.text("--secret-file"),
            .alg = values.text("--alg")};
}

}  // namespace keyhold::cli
