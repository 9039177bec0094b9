// SPDX-License-Identifier: Apache-2.0
// Takes one token apart and says what is wrong with it. A server stops at the first fault; here all parts are shown
// that can be read, because a person wants to see what was meant.
#include "cli/tools/token_inspect.hpp"

#include <algorithm>
#include <ostream>

#include "base/base64url.hpp"
#include "cli/tools/token_sentences.hpp"
#include "jose/errors.hpp"
#include "jose/jws.hpp"

namespace keyhold::cli {

// Refused only if there is nothing to show: the header cannot be read. Everything else is in `refusal`.
Result<Inspected> inspect_token(std::string_view token, const Knowledge& knowledge, Time now) {
    Inspected inspected;
    // Only the first refusal is told, which is the one that a reader would give.
    const auto note = [&](Error error) {
        if (!inspected.refusal) inspected.refusal = std::move(error);
    };
    const auto parts = jose::split(token, max_token_line);
    if (!parts) {
        // An unsigned token is still worth a look; anything else has no parts to show.
        if (std::count(token.begin(), token.end(), '.') != 2 || token.size() > max_token_line) return parts.error();
        note(parts.error());
    }
    // Both dots are there: split() has found them, or they were counted.
    const std::size_t first = token.find('.'), second = token.find('.', first + 1);
    const auto header_text = base64url::decode(token.substr(0, first));
    json::Document document;
    const auto header = header_text ? document.parse(*header_text) : std::nullopt;
    if (!header || !header->is_object())
        return Error(errors::token_malformed, "The header is not base64url of a JSON object without duplicate names");
    json::append_value(inspected.header, *header);
    const auto understood = jose::parse_header(token.substr(0, first));
    if (!understood) note(understood.error());

    // Without a key nothing is said of the signature, neither that it is good nor that it is bad.
    std::optional<jose::Signed> signer;
    if (parts && understood && knowledge.keys != nullptr) {
        const auto signature = jose::verify_signature(*parts, *knowledge.keys);
        if (signature) {
            signer = *signature;
            inspected.signature = SignatureState::good;
        } else if (signature.error().errc() == errors::token_key_unknown) {
            note(unknown_key(*understood, knowledge));
        } else {
            inspected.signature = SignatureState::bad;
            note(signature.error().errc() == errors::token_signature ? wrong_signature(*understood, *knowledge.keys)
                                                                     : signature.error());
        }
    }

    std::optional<json::Value> claims;
    const std::string_view segment = token.substr(first + 1, second - first - 1);
    auto body = open_payload(segment, understood ? understood->typ : "", document, claims);
    if (!body) {
        note(body.error());
        inspected.body.payload = std::string(segment);
        return inspected;
    }
    inspected.body = std::move(*body);
    if (claims)
        // Claims are looked at even if the signature is bad or unknown: whoever debugs wants to know both, though
        // only the first refusal is told.
        if (auto checked = signer ? jose::check_token(*signer, *claims, knowledge.expectations, now)
                                  : jose::check_claims(*claims, knowledge.expectations, now);
            !checked)
            note(in_figures(checked.error(), *claims, knowledge.expectations, now));
    // The database is asked last, and only for a token that is good in itself.
    if (claims && signer && !inspected.refusal && knowledge.why_not_live)
        inspected.refusal = knowledge.why_not_live(*claims, *signer->key);
    if (!inspected.refusal) inspected.praise = praise_for(claims, signer ? signer->key : nullptr, now);
    return inspected;
}

// As text for a person, or as one JSON object. `verified` is true only if a key here has signed it and nothing speaks
// against it.
void write_inspected(std::ostream& out, const Inspected& inspected, Format format) {
    const bool has_claims = !inspected.body.claims.empty(),
               checked = inspected.signature != SignatureState::not_checked;
    const std::string sentence(inspected.refusal ? inspected.refusal->detail() : inspected.praise);
    if (format == Format::text) {
        out << "header  " << inspected.header << '\n'
            << (has_claims ? "claims  " + inspected.body.claims : "payload " + inspected.body.payload) << '\n';
        if (inspected.refusal)
            out << "refused " << inspected.refusal->row().code << ": " << sentence;
        else
            // "ok" is only said of a signature that was verified.
            out << (checked ? "ok      " : "unchecked ") << sentence;
        out << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("verified", inspected.signature == SignatureState::good && !inspected.refusal);
    writer.member("signature", !checked ? "not_checked" : inspected.signature == SignatureState::good ? "good" : "bad");
    writer.name("header");
    writer.raw(inspected.header);
    writer.name(has_claims ? "claims" : "payload");
    if (has_claims)
        writer.raw(inspected.body.claims);
    else
        writer.value(inspected.body.payload);
    writer.name("refused");
    if (inspected.refusal) {
        writer.begin_object();
        writer.member("code", inspected.refusal->row().code);
        writer.member("detail", inspected.refusal->detail());
        writer.end_object();
    } else {
        writer.null();
    }
    writer.member("detail", sentence);
    writer.end_object();
    out << line << '\n';
}

}  // namespace keyhold::cli
