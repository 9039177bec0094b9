#include "app/signing_keys.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "app/files.hpp"

namespace keyhold::app {
namespace {

// Secrets that stand in tutorials, templates and documentation: everybody has them.
constexpr std::array<std::string_view, 11> published_secrets{
    "your_secret_key",
    "your-secret-key",
    "changethis",
    "changeme",
    "secret",
    "supersecret",
    "mysecretkey",
    "your-256-bit-secret",                                                                     // jwt.io
    "a-string-secret-at-least-256-bits-long",                                                  // jwt.io
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",  // RFC 7515 A.1
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  // FastAPI's documentation, OAuth2 with JWT
};

Result<SigningKeys> from_secret(const Settings& settings) {
    const auto algorithm = secret_algorithm(settings);
    if (!algorithm) return algorithm.error();
    auto key = jose::Key::from_secret(**algorithm, settings.secret_key.reveal());
    if (!key) return std::move(key).error();
    SigningKeys keys{.subject = domain::Subject::username};
    keys.keys.add(std::move(*key));
    return keys;
}

Result<SigningKeys> from_file(const std::string& path) {
    Result<bool> made = false;
    if (!std::filesystem::exists(path)) made = create_private_file(path, jose::Key::generate_es256().private_jwk());
    if (!made) return std::move(made).error();
    if (is_readable_by_others(path))
        return Error(Errc::configuration, path + " can be read by others: chmod 600 " + path);
    auto text = read_text_file(path);
    if (!text) return std::move(text).error();
    auto keys = jose::KeySet::parse(text->reveal());
    if (!keys) return Error(Errc::configuration, path + " does not hold a key: " + std::string(keys.error().detail()));
    if (!keys->signing().can_sign()) return Error(Errc::configuration, path + " holds no private key");
    return SigningKeys{std::move(*keys), domain::Subject::id, *made};
}

}  // namespace

Result<const jose::Algorithm*> secret_algorithm(const Settings& settings) {
    const jose::Algorithm* algorithm = jose::find_algorithm(settings.algorithm);
    if (algorithm != nullptr && algorithm->key_type == jose::KeyType::oct) return algorithm;
    return Error(Errc::configuration, "algorithm = '" + settings.algorithm +
                                          "' does not sign with a secret key: choose HS256, HS384 or HS512");
}

Result<SigningKeys> load_signing_keys(const Settings& settings) {
    return settings.secret_key.empty() ? from_file(settings.key_file) : from_secret(settings);
}

std::string problem_with_secret(const Settings& settings) {
    const std::string_view secret = settings.secret_key.reveal();
    if (secret.empty()) return {};
    constexpr std::string_view fix =
        ": make one with `openssl rand -hex 32`, or leave SECRET_KEY out and a key is made";
    if (std::find(published_secrets.begin(), published_secrets.end(), secret) != published_secrets.end() ||
        secret.starts_with("django-insecure-"))
        return "SECRET_KEY is a published example that everybody knows" + std::string(fix);
    const jose::Algorithm* algorithm = jose::find_algorithm(settings.algorithm);
    if (algorithm != nullptr && secret.size() < algorithm->min_key_size)  // RFC 7518 §3.2
        return "SECRET_KEY is shorter than the " + std::to_string(algorithm->min_key_size) + " bytes that " +
               settings.algorithm + " needs" + std::string(fix);
    return {};
}

}  // namespace keyhold::app
