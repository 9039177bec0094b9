// SPDX-License-Identifier: Apache-2.0
#include "server/signing_keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/secret_strength.hpp"
#include "jose/algorithm.hpp"
#include "server/files.hpp"

namespace keyhold::server {
namespace {

// Good signatures that a key remembers: 2 MiB, which are touched only when that many tokens are about.
constexpr std::size_t remembered_signatures = 65'536;

// Where keys of our own sign, `algorithm` names theirs, and the secret verifies what HS256 has signed.
// HS256 is the default, as the tutorial's.
const jose::Algorithm& secrets_algorithm(const Settings& settings) {
    const jose::Algorithm* algorithm = jose::find_algorithm(settings.algorithm);
    return algorithm->key_type == jose::KeyType::oct ? *algorithm : *jose::find_algorithm("HS256");
}

Result<std::optional<jose::Key>> secret_of(const Settings& settings) {
    if (settings.secret_key.empty()) return std::optional<jose::Key>();
    auto key = jose::Key::from_secret(secrets_algorithm(settings), settings.secret_key.reveal());
    if (!key) return std::move(key).error();
    return std::optional(std::move(*key));
}

// A key file of Keyhold's first days holds the signing key itself: it becomes the first key.
std::optional<jose::Key> key_in(const Secret& file) {
    auto keys = jose::KeySet::parse(file.reveal());
    if (!keys || !keys->signing().can_sign()) return std::nullopt;
    return keys->signing().share();
}

Secret new_material(Random& random) {
    std::array<unsigned char, 32> bytes{};
    random.fill(bytes);
    // Ends with a line break, as a text file does; it is part of the material.
    return Secret(base64url::encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) + "\n");
}

// The key file's content; made if there is none, but not while keys lie there that another file opened.
Result<Secret> read_material(const Settings& settings, const domain::Keys& known, Random& random, store::Make make) {
    const std::string& path = settings.key_file;
    if (is_absent(path)) {
        // With a passphrase no file is needed, and none is made.
        if (!settings.key_passphrase.empty()) return Secret();
        if (std::any_of(known.begin(), known.end(), [](const auto& key) { return !key.sealed.empty(); }))
            return Error(errors::configuration,
                         path +
                             " is missing, and the signing keys in the database cannot be opened "
                             "without it: put it back, or set key_file");
        if (make == store::Make::nothing)
            return Error(errors::not_found, "there is no key file at " + path +
                                                ": say where it is with key_file, or let `keyhold db create` make one");
        if (auto made = create_private_file(path, new_material(random)); !made) return std::move(made).error();
    }
    // Refused rather than warned of: whoever has the file and a copy of the database can sign.
    if (is_readable_by_others(path))
        return Error(errors::configuration, path + " can be read by others: chmod 600 " + path);
    return read_text_file(path);
}

}  // namespace

bool secret_signs(const Settings& settings) {
    const jose::Algorithm* algorithm = jose::find_algorithm(settings.algorithm);
    return !settings.secret_key.empty() && algorithm != nullptr && algorithm->key_type == jose::KeyType::oct;
}

Result<> check_algorithm(const Settings& settings) {
    if (jose::find_algorithm(settings.algorithm) != nullptr) return {};
    return Error(errors::configuration, "algorithm = '" + settings.algorithm +
                                            "' is none of ours: HS256, HS384 or HS512 with a "
                                            "secret key; ES256, EdDSA, RS256 and their like with keys of our own");
}

namespace {

// The ring as it is, with the key that a key file of Keyhold's first days may hold.
struct OpenedRing {
    std::unique_ptr<OwnKeys> keys;
    std::optional<jose::Key> found;
    bool is_empty = false;
};

Result<OpenedRing> open_ring(const Settings& settings, const store::Stores& stores, const Clock& clock, Random& random,
                             store::Make make) {
    if (auto checked = check_algorithm(settings); !checked) return std::move(checked).error();
    const domain::Keys known = stores.keys->all();
    auto file = read_material(settings, known, random, make);
    if (!file) return std::move(file).error();
    auto found = key_in(*file);
    const jose::Algorithm* named = jose::find_algorithm(settings.algorithm);
    if (named->key_type == jose::KeyType::oct)
        named = nullptr;  // HS256 is the default: it says nothing of our own keys
    const auto sealer = [&] {
        return domain::KeySealer({Secret(file->reveal()), Secret(settings.key_passphrase.reveal())});
    };
    domain::KeyRules rules{.algorithm = named,
                           .token_lifetime = std::chrono::minutes(settings.access_token_expire_minutes),
                           .rotation = std::chrono::days(settings.key_rotation_days),
                           .jwks_max_age = std::chrono::seconds(settings.jwks_max_age)};
    auto keys = std::make_unique<OwnKeys>(*stores.keys, sealer(), clock, random, rules);
    // Each ring has a sealer of its own, as a sealer is for one thread at a time.
    for (const std::string_view algorithm : domain::id_token_algorithms) {
        rules.algorithm = jose::find_algorithm(algorithm);
        keys->of_id_tokens.push_back(
            std::make_unique<domain::IdTokenRing>(stores.database, sealer(), clock, random, rules));
    }
    const auto* const signer = domain::find_signer(known, clock.now());
    // Only the key that signs has to open. Older ones that do not are told of by SigningKeys::reload().
    if (signer != nullptr && !keys->ring.open(*signer))
        return Error(errors::configuration,
                     "the signing keys in the database were sealed under another key file or "
                     "passphrase: set key_file, or KEYHOLD_KEY_PASSPHRASE");
    return OpenedRing{std::move(keys), std::move(found), known.empty()};
}

}  // namespace

Result<std::unique_ptr<OwnKeys>> open_own_keys(const Settings& settings, const store::Stores& stores,
                                               const Clock& clock, Random& random, store::Make make) {
    auto opened = open_ring(settings, stores, clock, random, make);
    if (!opened) return std::move(opened).error();
    opened->keys->made_now = opened->keys->ring.begin(std::move(opened->found)) && opened->is_empty;
    return std::move(opened->keys);
}

Secret secret_outside_of_the_database(const Settings& settings) {
    std::string secret;
    if (!settings.secret_key.empty()) {
        secret = settings.secret_key.reveal();
    } else if (!is_absent(settings.key_file)) {
        if (const auto content = read_text_file(settings.key_file)) secret = content->reveal();
    }
    // Behind a NUL, which neither of the others has; where there is no passphrase nothing changes.
    if (!settings.key_passphrase.empty()) secret.append("\0", 1).append(settings.key_passphrase.reveal());
    return Secret(std::move(secret));
}

Result<domain::KeySealer> open_event_sealer(const Settings& settings, const store::Stores& stores, Random& random,
                                            store::Make make) {
    if (secret_signs(settings))
        return domain::KeySealer({Secret(settings.secret_key.reveal()), Secret(settings.key_passphrase.reveal())});
    auto file = read_material(settings, stores.keys->all(), random, make);
    if (!file) return std::move(file).error();
    return domain::KeySealer({std::move(*file), Secret(settings.key_passphrase.reveal())});
}

Result<> check_secret(const Settings& settings) {
    if (auto checked = check_algorithm(settings); !checked) return checked;
    auto secret = secret_of(settings);
    if (!secret) return std::move(secret).error();
    return {};
}

Result<> check_keys(const Settings& settings, const store::Stores& stores, const Clock& clock, Random& random) {
    if (secret_signs(settings)) return {};
    auto opened = open_ring(settings, stores, clock, random, store::Make::nothing);
    // No key file yet: the server will make it.
    if (!opened && opened.error().errc() != errors::not_found) return std::move(opened).error();
    return {};
}

Result<SigningKeys> open_signing_keys(const Settings& settings, const store::Stores& stores, const Clock& clock,
                                      Random& random, domain::SigningKeys::Trouble trouble, store::Make make) {
    if (auto checked = check_algorithm(settings); !checked) return std::move(checked).error();
    auto secret = secret_of(settings);
    if (!secret) return std::move(secret).error();
    if (secret_signs(settings)) return SigningKeys{{}, std::make_unique<domain::SigningKeys>(std::move(**secret))};
    auto own = open_own_keys(settings, stores, clock, random, make);
    if (!own) return std::move(own).error();
    std::vector<domain::KeyRing*> of_id_tokens;
    for (const auto& one : (*own)->of_id_tokens) of_id_tokens.push_back(&one->ring);
    auto keys = std::make_unique<domain::SigningKeys>((*own)->ring, std::move(*secret), remembered_signatures,
                                                      std::move(trouble), of_id_tokens);
    keys->reload();
    return SigningKeys{std::move(*own), std::move(keys)};
}

std::vector<domain::IdTokenRing*> SigningKeys::rings_of_id_tokens() const {
    std::vector<domain::IdTokenRing*> rings;
    if (!own) return rings;
    for (const auto& ring : own->of_id_tokens) rings.push_back(ring.get());
    return rings;
}

std::string problem_with_secret(const Settings& settings, std::string_view name) {
    const std::string_view secret = settings.secret_key.reveal();
    if (secret.empty()) return {};
    const std::string called(name);
    const std::string fix = ": make one with `openssl rand -hex 32`, or leave " + called + " out and a key is made";
    if (const auto weakness = domain::weakness_of_secret(settings.secret_key, domain::signing_secret_bits);
        !weakness.empty())
        return called + " " + weakness + fix;
    if (!check_algorithm(settings)) return {};
    const jose::Algorithm& algorithm = secrets_algorithm(settings);
    if (secret.size() < algorithm.min_key_size)  // RFC 7518 §3.2
        return called + " is shorter than the " + std::to_string(algorithm.min_key_size) + " bytes that " +
               std::string(algorithm.name) + " needs" + fix;
    return {};
}

}  // namespace keyhold::server
