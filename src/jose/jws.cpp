// SPDX-License-Identifier: Apache-2.0
#include "jose/jws.hpp"

#include <array>
#include <optional>

#include "base/base64url.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::jose {
namespace {

Error malformed(const char* what) { return Error(errors::token_malformed, what); }

// Members whose presence changes what the other bytes mean; we read no such token.
struct ForbiddenMember {
    std::string_view name;
    const char* why;
};
constexpr std::array forbidden_members{
    // RFC 7515 §5.2, step 5: we understand no extension.
    ForbiddenMember{"crit", "The header demands an extension (crit)"},
    // RFC 7516 §9: what has an `enc` is a JWE.
    ForbiddenMember{"enc", "The header is that of an encrypted token (enc)"},
    // Defined for JWE alone (RFC 7516 §4.1.3), but some libraries compress a JWS so.
    ForbiddenMember{"zip", "The header says that the payload is compressed (zip)"},
};

// The header that this thread read last, as tokens of one issuer all have the same.
// One for each thread, without a lock. A header is public text: remembering it gives nothing away.
struct LastHeader {
    static constexpr std::size_t max_size = 512;  // longer ones are read every time
    std::string segment;
    std::optional<Header> header;
};

// The pointer is good until this thread reads another header.
Result<const Header*> read_header(std::string_view segment) {
    static thread_local LastHeader last;
    if (last.header && !segment.empty() && segment == last.segment) return &*last.header;
    auto header = parse_header(segment);
    if (!header) return std::move(header).error();
    last.header = std::move(*header);
    // An empty segment is never equal to one that is read, so a long header is read again each time.
    last.segment = segment.size() <= LastHeader::max_size ? segment : std::string_view();
    return &*last.header;
}

// Bytes of an RSA signature at 16384 bits, the longest that there is.
constexpr std::size_t max_signature = 2048;

}  // namespace

// Base64url has no dot, so segments can be told apart before anything is decoded.
Result<Compact> split(std::string_view token, std::size_t max_size) {
    if (token.size() > max_size) return malformed("The token is too long");
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return malformed("A token has three segments");
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return malformed("A token has three segments");
    const Compact parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                        token.substr(0, second)};
    if (parts.header.empty()) return malformed("The token has no header");
    // RFC 8725 §3.2: unsecured tokens are not accepted; "alg":"none" has no row either.
    if (parts.signature.empty()) return malformed("The token is not signed");
    return parts;
}

// RFC 7515 §5.2, steps 2 to 5.
Result<Header> parse_header(std::string_view segment) {
    const auto text = base64url::decode(segment);
    if (!text) return malformed("The header is not base64url");
    json::Document document;
    const auto object = document.parse(*text);  // refuses duplicate names (step 4)
    if (!object || !object->is_object()) return malformed("The header is not a JSON object without duplicate names");
    for (const ForbiddenMember& member : forbidden_members)
        if (object->find(member.name)) return malformed(member.why);
    // RFC 7797 §3: unless it is true, which is what everybody assumes, the payload is not base64url. It must come with
    // crit (§6); without, two readers understand the token differently.
    if (const auto b64 = object->find("b64"); b64 && b64->boolean() != true)
        return malformed("The header changes how the payload is encoded (b64)");

    // Absent counts as empty; std::nullopt is a member that is no string.
    const auto string_member = [&](std::string_view name) -> std::optional<std::string_view> {
        const auto member = object->find(name);
        return member ? member->string() : std::string_view();
    };
    const auto alg = string_member("alg"), kid = string_member("kid"), typ = string_member("typ");
    if (!alg || !kid || !typ || !string_member("cty")) return malformed("alg, kid, typ or cty is not a string");
    const Algorithm* const algorithm = find_algorithm(*alg);
    if (algorithm == nullptr) return malformed("The header's alg is absent or none that is accepted");
    Header header{algorithm, std::nullopt, std::string(*typ)};
    if (object->find("kid")) header.kid = *kid;
    return header;
}

Result<Signed> verify_signature(const Compact& token, const KeySet& keys) {
    const auto header = read_header(token.header);
    if (!header) return header.error();
    // On the stack, as a signature is looked at and gone.
    std::array<char, max_signature> room;
    if (base64url::decoded_size(token.signature.size()) > room.size()) return malformed("The signature is too long");
    const auto size = base64url::decode(token.signature, room);
    if (!size) return malformed("The signature is not base64url");
    const std::string_view signature(room.data(), *size);

    const std::string_view alg = (*header)->algorithm->name;
    const Key* key = keys.find(alg, (*header)->kid);
    if (key == nullptr) return Error(errors::token_key_unknown, "No key has the header's alg and kid");
    // Without a `kid` several keys may have the algorithm: any of them may have signed.
    for (; key != nullptr; key = keys.find(alg, (*header)->kid, key))
        if (key->verify(token.signing_input, signature)) return Signed{key, *header};
    return Error(errors::token_signature, "The signature is not good");
}

// RFC 7515 §5.1, with everything appended to one string: the signing input is its beginning.
std::string sign_compact(std::string_view header, std::string_view payload, const Key& key) {
    std::string token;
    token.reserve((header.size() + payload.size() + key.signature_size()) * 4 / 3 + 8);
    base64url::append(token, header);
    token += '.';
    base64url::append(token, payload);
    const std::string signature = key.sign(token);
    token += '.';
    base64url::append(token, signature);
    return token;
}

}  // namespace keyhold::jose
