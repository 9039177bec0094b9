// SPDX-License-Identifier: Apache-2.0
#include "jose/key_text.hpp"

#include <array>
#include <string>

#include "crypto/public_key_text.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

struct KindRow {
    std::string_view mark;
    enum class Where { start, anywhere } where;
    std::string_view kind;
};
using enum KindRow::Where;
// The first that fits is it: what is more special stands above what is less.
constexpr std::array kinds{
    KindRow{"ENCRYPTED PRIVATE KEY-----", anywhere, "an encrypted private key in PEM"},
    KindRow{"-----BEGIN OPENSSH PRIVATE KEY", anywhere, "a private key of OpenSSH"},
    KindRow{"PRIVATE KEY-----", anywhere, "a private key in PEM"},
    KindRow{"-----BEGIN CERTIFICATE REQUEST", anywhere, "a request for a certificate"},
    KindRow{"-----BEGIN CERTIFICATE", anywhere, "a certificate in PEM"},
    KindRow{"-----BEGIN RSA PUBLIC KEY", anywhere, "a public key in PEM (PKCS #1)"},
    KindRow{"-----BEGIN PUBLIC KEY", anywhere, "a public key in PEM"},
    KindRow{"-----BEGIN PGP", anywhere, "a key of OpenPGP"},
    KindRow{"-----BEGIN SSH2 PUBLIC KEY", anywhere, "a public key of SSH"},
    KindRow{"-----BEGIN ", anywhere, "something in PEM that is no key"},
    KindRow{"ssh-", start, "a public key of SSH"},
    KindRow{"ecdsa-sha2-", start, "a public key of SSH"},
    KindRow{"https://", start, "a URL"},
    KindRow{"http://", start, "a URL"},
    KindRow{"eyJ", start, "a token"},
    KindRow{"<", start, "an HTML or XML page"},
    KindRow{"[", start, "a JSON array"},
    KindRow{"\x30\x82", start, "a key or certificate in DER"},
};

std::string_view kind_of_json(std::string_view text) {
    json::Document document;
    const auto root = document.parse(text);
    if (!root) return "broken JSON";
    if (root->find("jwks_uri")) return "a discovery document";
    if (root->find("keys")) return "a JWK Set";
    if (root->find("kty")) return root->find("d") || root->find("k") ? "a private or secret JWK" : "a JWK";
    return "JSON that is no key";
}

Error not_a_key(Errc errc, std::string_view text, std::string_view wanted, std::string_view why) {
    std::string sentence = "This is ";
    sentence.append(kind_of_key_text(text)).append("; wanted is ").append(wanted);
    if (!why.empty()) sentence.append(" (").append(why).append(")");
    return Error(errc, std::move(sentence));
}

}  // namespace

std::string_view kind_of_key_text(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) return "a text with a byte order mark";
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return "empty";
    text.remove_prefix(first);
    if (text.starts_with('{')) return kind_of_json(text);
    for (const KindRow& row : kinds)
        if (row.where == start ? text.starts_with(row.mark) : text.find(row.mark) != text.npos) return row.kind;
    return "no key in any form that is known here";
}

Result<KeySet> parse_public_pem(std::string_view pem) {
    constexpr std::string_view wanted = "a public key or a certificate in PEM";
    // Whoever only verifies has no use for it, and should not have it lying about.
    if (pem.find("PRIVATE KEY-----") != pem.npos)
        return not_a_key(errors::key_malformed, pem, wanted, "openssl pkey -in KEY -pubout prints its public half");
    auto keys = KeySet::parse_pem(pem);
    if (!keys && pem.find("-----BEGIN PUBLIC KEY") == pem.npos && !crypto::public_key_in(pem))
        return not_a_key(errors::key_malformed, pem, wanted, "");
    return keys;
}

Result<KeySet> parse_secret(std::string_view secret, std::string_view algorithm) {
    const Algorithm* const row = find_algorithm(algorithm);
    if (row == nullptr) return Error(errors::key_malformed, "no such algorithm");
    auto key = Key::from_secret(*row, secret);
    if (!key) return std::move(key).error();
    KeySet keys;
    keys.add(std::move(*key));
    return keys;
}

Result<KeySet> parse_jwks(std::string_view text, const Algorithm* named) {
    constexpr std::string_view wanted = "a JWK or a JWK Set";
    auto keys = KeySet::parse(text, named);
    if (keys) return keys;
    const std::string_view kind = kind_of_key_text(text);
    // The member that is wrong says more about a key than that it is one.
    if (kind == "a JWK" || kind == "a JWK Set" || kind == "a private or secret JWK") return keys;
    return not_a_key(keys.error().errc(), text, wanted, kind == "broken JSON" ? keys.error().detail() : "");
}

}  // namespace keyhold::jose
