#include "app/token_keys.hpp"

#include <filesystem>

#include "app/files.hpp"
#include "app/signing_keys.hpp"

namespace keyhold::app {
namespace {

Result<jose::KeySet> from_secret(std::string_view text, const jose::Algorithm* named) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    jose::KeySet keys;
    for (const jose::Algorithm& algorithm : jose::algorithms) {
        if (named != nullptr ? named != &algorithm : algorithm.key_type != jose::KeyType::oct) continue;
        auto key = jose::Key::from_secret(algorithm, text);
        if (!key) return std::move(key).error();
        keys.add(std::move(*key));
    }
    return keys;
}

Result<jose::KeySet> from_key_text(std::string_view text, const jose::Algorithm* named) {
    if (!text.starts_with("-----BEGIN ")) return jose::KeySet::parse(text, named);
    auto key = jose::Key::from_pem(text, named);
    if (!key) return std::move(key).error();
    jose::KeySet keys;
    keys.add(std::move(*key));
    return keys;
}

Result<jose::KeySet> from_settings(Context& context) {
    auto loaded = load_settings(Mode::dev, context.sources);
    if (!loaded) return std::move(loaded).error();
    const Settings& settings = loaded->settings;
    if (settings.secret_key.empty() && !std::filesystem::exists(settings.key_file))
        return Error(Errc::configuration,
                     "no keys: set SECRET_KEY, start the server once, or give --jwks, --jwk or --secret-file");
    auto own = load_signing_keys(settings);
    if (!own) return std::move(own).error();
    return std::move(own->keys);
}

Result<jose::KeySet> choose_keys(Context& context, const KeyChoice& choice) {
    const jose::Algorithm* named = nullptr;
    if (!choice.alg.empty()) {
        named = jose::find_algorithm(choice.alg);
        if (named == nullptr) return Error(Errc::validation_failed, "--alg " + choice.alg + " is no algorithm of ours");
    }
    struct Source {
        const std::string* file;
        Result<jose::KeySet> (*read)(std::string_view text, const jose::Algorithm* named);
    };
    for (const auto& [file, read] : {Source{&choice.jwks_file, from_key_text}, Source{&choice.jwk_file, from_key_text},
                                     Source{&choice.secret_file, from_secret}}) {
        if (file->empty()) continue;
        auto text = read_text_file(*file);
        if (!text) return std::move(text).error();
        auto keys = read(text->reveal(), named);
        if (!keys) return Error(keys.error().errc(), *file + ": " + std::string(keys.error().detail()));
        return keys;
    }
    if (named != nullptr) return Error(Errc::validation_failed, "--alg goes with --jwks, --jwk or --secret-file");
    return from_settings(context);
}

}  // namespace

void add_key_options(CLI::App& command, KeyChoice& choice) {
    auto* jwks = command.add_option("--jwks", choice.jwks_file, "Keys: a JWK Set in a file")->type_name("FILE");
    auto* jwk = command.add_option("--jwk", choice.jwk_file, "Key: a JWK, or PEM, in a file")->type_name("FILE");
    auto* secret =
        command.add_option("--secret-file", choice.secret_file, "Key: a secret in a file")->type_name("FILE");
    jwks->excludes(jwk)->excludes(secret);
    jwk->excludes(secret);
    command.add_option("--alg", choice.alg, "The algorithm of keys that name none (HS256, RS256 ...)")
        ->type_name("ALG");
}

std::optional<jose::KeySet> read_keys(Context& context, const KeyChoice& choice) {
    auto keys = choose_keys(context, choice);
    if (keys) return std::move(*keys);
    context.fail(keys.error());
    return std::nullopt;
}

}  // namespace keyhold::app
