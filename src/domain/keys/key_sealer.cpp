// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/key_sealer.hpp"

#include <array>
#include <stdexcept>

#include "base/base64url.hpp"
#include "base/integer.hpp"

namespace keyhold::domain {

namespace {

// OWASP's Password Storage Cheat Sheet, scrypt: 32 MiB, three times over. Guessing 2^40 passphrases takes some 8,000
// years of a core.
constexpr crypto::ScryptCost cost_of_new{15, 8, 3};
constexpr std::size_t salt_size = 16;  // RFC 7914 §2, by way of RFC 8018 §4.1: at least 8 bytes

// The costs come from the database, which may have been tampered with: 2^62 would keep us busy for ever. The bounds
// allow 1 GiB of memory, eight times over.
bool is_bearable(const crypto::ScryptCost& cost) {
    return cost.log2_n >= 1 && cost.log2_n <= 20 && cost.r >= 1 && cost.r <= 8 && cost.p >= 1 && cost.p <= 8;
}

// "file$SEALED" or "scrypt$LOG2_N$R$P$SALT$SEALED", the last two in base64url.
constexpr std::string_view by_file = "file", by_passphrase = "scrypt";

crypto::SealingKey key_of_file(const Secret& content) {
    // Names what the derived key is for, so that the same file may serve something else.
    return crypto::SealingKey::from_material(content.reveal(), "keyhold signing keys");
}

std::string prefix_of(const crypto::ScryptCost& cost, const std::string& salt) {
    return std::string(by_passphrase) + "$" + std::to_string(cost.log2_n) + "$" + std::to_string(cost.r) + "$" +
           std::to_string(cost.p) + "$" + base64url::encode(salt) + "$";
}

std::string_view next_field(std::string_view& rest) {
    const std::string_view field = rest.substr(0, rest.find('$'));
    rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    return field;
}

}  // namespace

std::string KeySealer::seal(const Secret& jwk, std::string_view kid, Random& random) {
    // The passphrase comes first: whoever has set one wants new keys under it.
    if (material_.passphrase.empty()) {
        if (material_.file.empty()) throw std::logic_error("there is nothing to seal keys with");
        const std::string sealed = key_of_file(material_.file).seal(jwk.reveal(), kid, random);
        return std::string(by_file) + "$" + base64url::encode(sealed);
    }
    if (salt_.empty()) {
        std::array<unsigned char, salt_size> bytes{};
        random.fill(bytes);
        salt_.assign(bytes.begin(), bytes.end());
    }
    const std::string sealed = under_passphrase(salt_, cost_of_new)->seal(jwk.reveal(), kid, random);
    return prefix_of(cost_of_new, salt_) + base64url::encode(sealed);
}

std::optional<Secret> KeySealer::open(std::string_view sealed, std::string_view kid) {
    const std::string_view kind = next_field(sealed);
    // A key that was sealed under the file opens by the file as long as it is there, whether or not there is a
    // passphrase.
    if (kind == by_file) {
        const auto bytes = base64url::decode(sealed);
        return bytes && !material_.file.empty() ? key_of_file(material_.file).open(*bytes, kid) : std::nullopt;
    }
    if (kind != by_passphrase || material_.passphrase.empty()) return std::nullopt;
    constexpr auto number = parse_integer<std::uint64_t>;
    const auto log2_n = number(next_field(sealed)), r = number(next_field(sealed)), p = number(next_field(sealed));
    const auto salt = base64url::decode(next_field(sealed)), bytes = base64url::decode(sealed);
    if (!log2_n || !r || !p || !salt || !bytes) return std::nullopt;
    const crypto::ScryptCost cost{*log2_n, *r, *p};
    if (!is_bearable(cost)) return std::nullopt;
    auto opened = under_passphrase(*salt, cost)->open(*bytes, kid);
    // The next key is sealed with this salt too: one derivation serves for all.
    if (opened && salt_.empty()) salt_ = *salt;
    return opened;
}

// Each derivation takes a quarter of a second, so it is kept by cost and salt for as long as this object lives.
const crypto::SealingKey* KeySealer::under_passphrase(const std::string& salt, const crypto::ScryptCost& cost) {
    const std::string name = prefix_of(cost, salt);
    auto at = derived_.find(name);
    if (at == derived_.end())
        at = derived_.emplace(name, crypto::SealingKey::from_passphrase(material_.passphrase.reveal(), salt, cost))
                 .first;
    return &at->second;
}

}  // namespace keyhold::domain
