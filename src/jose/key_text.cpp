// SPDX-License-Identifier: Apache-2.0
#include "jose/key_text.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <array>
#include <string>

#include "crypto/openssl.hpp"
#include "crypto/public_key_text.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

using enum KeyTextKind::Form;

// `openssl pkey` reads every kind of private key, and asks for the passphrase of one that has it.
constexpr std::string_view without_passphrase = "openssl pkey -in FILE prints it without its passphrase";
constexpr std::string_view public_half = "openssl pkey -in FILE -pubout prints its public half";
constexpr std::string_view pem_of_private = "openssl pkey -inform DER -in FILE prints it in PEM";
constexpr std::string_view pem_of_public = "openssl pkey -pubin -inform DER -in FILE prints it in PEM";
constexpr std::string_view pem_of_ssh = "ssh-keygen -e -m PKCS8 -f FILE prints one of RSA or ECDSA in PEM";
constexpr std::string_view pem_of_store = "openssl pkcs12 -nodes -in FILE prints what it holds in PEM";
constexpr std::string_view of_request =
    "its private key is in another file, and the certificate comes from whoever signs it";
constexpr std::string_view as_utf8 = "save it as UTF-8 without a byte order mark";

struct MarkRow {
    std::string_view mark;
    enum class Where : std::uint8_t { start, anywhere } where;
    KeyTextKind kind;
};
using enum MarkRow::Where;
// The first that fits is it: what is more special stands above what is less.
constexpr std::array marks{
    MarkRow{"\xEF\xBB\xBF", start, {"a text with a byte order mark", as_utf8}},
    MarkRow{"\xFF\xFE", start, {"a text in UTF-16", as_utf8}},
    MarkRow{"\xFE\xFF", start, {"a text in UTF-16", as_utf8}},
    MarkRow{"ENCRYPTED PRIVATE KEY-----", anywhere, {"an encrypted private key in PEM", without_passphrase}},
    MarkRow{"Proc-Type: 4,ENCRYPTED", anywhere, {"an encrypted private key in PEM", without_passphrase}},
    MarkRow{"-----BEGIN OPENSSH PRIVATE KEY",
            anywhere,
            {"a private key of OpenSSH", "ssh-keygen -p -m PKCS8 -f COPY makes a copy of one of RSA or ECDSA PEM"}},
    MarkRow{"PRIVATE KEY-----", anywhere, {"a private key in PEM", public_half, pem}},
    MarkRow{"-----BEGIN CERTIFICATE REQUEST", anywhere, {"a request for a certificate", of_request}},
    MarkRow{"-----BEGIN NEW CERTIFICATE REQUEST", anywhere, {"a request for a certificate", of_request}},
    MarkRow{"-----BEGIN CERTIFICATE", anywhere, {"a certificate in PEM", {}, pem}},
    MarkRow{"-----BEGIN RSA PUBLIC KEY", anywhere, {"a public key in PEM (PKCS #1)", {}, pem}},
    MarkRow{"-----BEGIN PUBLIC KEY", anywhere, {"a public key in PEM", {}, pem}},
    MarkRow{"-----BEGIN PKCS7",
            anywhere,
            {"a PKCS #7 file in PEM", "openssl pkcs7 -print_certs -in FILE prints its certificates"}},
    MarkRow{"-----BEGIN PGP", anywhere, {"a key of OpenPGP"}},
    MarkRow{"-----BEGIN EC PARAMETERS", anywhere, {"the name of a curve in PEM, without a key"}},
    MarkRow{"---- BEGIN SSH2 PUBLIC KEY",
            anywhere,
            {"a public key of SSH", "ssh-keygen -i -f FILE, and of what that prints ssh-keygen -e -m PKCS8"}},
    MarkRow{"-----BEGIN ", anywhere, {"something in PEM that is no key"}},
    MarkRow{
        "PuTTY-User-Key-File", start, {"a key of PuTTY", "puttygen FILE -O private-openssh -o COPY, then ssh-keygen"}},
    MarkRow{"ssh-", start, {"a public key of SSH", pem_of_ssh}},
    MarkRow{"ecdsa-sha2-", start, {"a public key of SSH", pem_of_ssh}},
    MarkRow{"https://", start, {"a URL", "save what it answers with as a file"}},
    MarkRow{"http://", start, {"a URL", "save what it answers with as a file"}},
    MarkRow{"eyJ", start, {"a token"}},
    MarkRow{"<", start, {"an HTML or XML page"}},
    MarkRow{"[", start, {"a JSON array", "a JWK Set is an object: {\"keys\": [...]}"}},
    MarkRow{"\xFE\xED\xFE\xED",
            start,
            {"a Java key store", "keytool -importkeystore -deststoretype PKCS12 makes a PKCS #12 file of it"}},
};

// DER tells by its outline, which outline_of() writes, what it is.
struct OutlineRow {
    std::string_view outline;  // with which it begins
    KeyTextKind kind;
};
constexpr std::array outlines{
    OutlineRow{"{0{o", {"a private key in DER", pem_of_private}},               // RFC 5208 §5
    OutlineRow{"{1{o", {"a private key in DER", pem_of_private}},               // RFC 5958 §2
    OutlineRow{"{1x", {"an EC private key in DER", pem_of_private}},            // RFC 5915 §3
    OutlineRow{"{0i", {"an RSA private key in DER", pem_of_private}},           // RFC 8017 §A.1.2
    OutlineRow{"{{o{{o", {"an encrypted private key in DER", pem_of_private}},  // RFC 8018 §A.4: PBES2
    OutlineRow{"{{o{x", {"an encrypted private key in DER", pem_of_private}},   // RFC 8018 §A.3: PBES1
    OutlineRow{"{{o", {"a public key in DER", pem_of_public}},                  // RFC 5280 §4.1
    OutlineRow{"{i",
               {"an RSA public key in DER",
                "openssl rsa -RSAPublicKey_in -inform DER -in FILE -pubout prints it in PEM"}},  // RFC 8017 §A.1.1
    OutlineRow{"{{v", {"a certificate in DER", "openssl x509 -inform DER -in FILE prints it in PEM"}},
    OutlineRow{"{{0{", {"a request for a certificate in DER", of_request}},  // RFC 2986 §4.1
    OutlineRow{"{3{o", {"a PKCS #12 file", pem_of_store}},                   // RFC 7292 §4
    OutlineRow{"{o", {"a PKCS #7 file", "openssl pkcs7 -inform DER -print_certs -in FILE prints its certificates"}},
};

// The first elements of a text in DER (X.690 §8.1) in their order: '{' begins a SEQUENCE, 'o' is an OBJECT IDENTIFIER,
// 'x' an OCTET STRING, 'v' what is tagged [0], '0' to '3' an INTEGER of that value, 'i' a longer one, '.' the rest.
// Ends where the text does, or is no DER.
std::string outline_of(std::string_view text) {
    constexpr std::size_t enough = 6;
    std::string outline;
    const auto* at = crypto::bytes_of(text);
    const auto* const end = at + text.size();
    while (outline.size() < enough && at < end) {
        long length = 0;
        int tag = 0, tag_class = 0;
        constexpr int is_broken = 0x80;  // ASN1_get_object(3): also of an element that is longer than the text
        if ((ASN1_get_object(&at, &length, &tag, &tag_class, end - at) & is_broken) != 0) break;
        const bool is_universal = tag_class == V_ASN1_UNIVERSAL;
        if (is_universal && tag == V_ASN1_SEQUENCE) {
            outline += '{';  // and what is in it comes next
            continue;
        }
        if (is_universal && tag == V_ASN1_INTEGER)
            outline += length == 1 && *at < 4 ? static_cast<char>('0' + *at) : 'i';
        else if (is_universal)
            outline += tag == V_ASN1_OBJECT ? 'o' : tag == V_ASN1_OCTET_STRING ? 'x' : '.';
        else
            outline += tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == 0 ? 'v' : '.';
        at += length;
    }
    ERR_clear_error();
    return outline;
}

const KeyTextKind& kind_of_json(std::string_view text) {
    using Kind = KeyTextKind;
    static constexpr Kind broken{"broken JSON"},
        discovery{"a discovery document", "what its jwks_uri answers is a JWK Set"}, set{"a JWK Set", {}, jwk},
        secret{"a private or secret JWK", {}, jwk}, key{"a JWK", {}, jwk}, none{"JSON that is no key"};
    json::Document document;
    const auto root = document.parse(text);
    if (!root) return broken;
    if (root->find("jwks_uri")) return discovery;
    if (root->find("keys")) return set;
    if (root->find("kty")) return root->find("d") || root->find("k") ? secret : key;
    return none;
}

Error not_a_key(Errc errc, std::string_view text, std::string_view wanted) {
    return {errc, sentence_of_key_text(text, wanted)};
}

}  // namespace

const KeyTextKind& kind_of_key_text(std::string_view text) {
    static constexpr KeyTextKind empty{"empty"}, unknown{"no key in any form that is known here"};
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return empty;
    text.remove_prefix(first);
    if (text.starts_with('{')) return kind_of_json(text);
    for (const MarkRow& row : marks)
        if (row.where == start ? text.starts_with(row.mark) : text.find(row.mark) != text.npos) return row.kind;
    const std::string outline = outline_of(text);
    for (const OutlineRow& row : outlines)
        if (outline.starts_with(row.outline)) return row.kind;
    return unknown;
}

std::string sentence_of_key_text(std::string_view text, std::string_view wanted) {
    const KeyTextKind& kind = kind_of_key_text(text);
    std::string sentence = "This is ";
    sentence.append(kind.name).append("; wanted is ").append(wanted);
    if (!kind.remedy.empty()) sentence.append(" (").append(kind.remedy).append(")");
    return sentence;
}

Result<KeySet> parse_public_pem(std::string_view pem) {
    constexpr std::string_view wanted = "a public key or a certificate in PEM";
    // Whoever only verifies has no use for it, and should not have it lying about.
    if (pem.find("PRIVATE KEY-----") != pem.npos) return not_a_key(errors::key_malformed, pem, wanted);
    auto keys = KeySet::parse_pem(pem);
    if (!keys && pem.find("-----BEGIN PUBLIC KEY") == pem.npos && !crypto::public_key_in(pem))
        return not_a_key(errors::key_malformed, pem, wanted);
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

Result<KeySet> parse_private_key(std::string_view text, const Algorithm* named) {
    constexpr std::string_view wanted = "a private key, in PEM or as a JWK";
    // A JSON text may hold the line of a PEM in a string, and openssl writes comments before one.
    const bool is_json = kind_of_key_text(text).form == jwk;
    const bool is_pem = !is_json && text.find("-----BEGIN ") != text.npos;
    auto keys = is_pem ? KeySet::parse_pem(text, named) : KeySet::parse(text, named);
    const bool cannot_sign = keys && !keys->signing().is_symmetric() && !keys->signing().can_sign();
    if (cannot_sign) return not_a_key(errors::key_malformed, text, wanted);
    // What is wrong with a key of ours says more than that it is one.
    if (!keys && kind_of_key_text(text).form == KeyTextKind::Form::other)
        return not_a_key(errors::key_malformed, text, wanted);
    return keys;
}

Result<KeySet> parse_jwks(std::string_view text, const Algorithm* named, std::string_view wanted) {
    auto keys = KeySet::parse(text, named);
    // The member that is wrong says more about a key than that it is one.
    if (keys || kind_of_key_text(text).form == jwk) return keys;
    std::string sentence = sentence_of_key_text(text, wanted);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    // Where it ends being JSON.
    if (first != text.npos && text[first] == '{') sentence.append(" (").append(keys.error().detail()).append(")");
    return Error(keys.error().errc(), std::move(sentence));
}

}  // namespace keyhold::jose
