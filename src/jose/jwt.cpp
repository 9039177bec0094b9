// SPDX-License-Identifier: Apache-2.0
#include "jose/jwt.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/jws.hpp"

namespace keyhold::jose {
namespace {

// One document per thread waits for the next token; most callers hold one token at a time. A token parsed into
// it is never over 8 KiB, and only what was signed is parsed.
struct Spare {
    std::unique_ptr<json::Document> document;
    ~Spare();
};
thread_local bool thread_ends = false;  // a bool needs no destructor: it can still be read when Spare is gone
thread_local Spare spare;
Spare::~Spare() { thread_ends = true; }

json::Document* take_document() {
    if (!thread_ends && spare.document) return spare.document.release();
    return new json::Document;  // owned by the caller's unique_ptr
}

}  // namespace

bool is_type(std::string_view typ, std::string_view wanted) {
    constexpr std::string_view application = "application/";
    if (typ.size() > application.size() && equal_ignoring_case(typ.substr(0, application.size()), application))
        typ.remove_prefix(application.size());
    return equal_ignoring_case(typ, wanted);
}

void VerifiedToken::Recycle::operator()(json::Document* document) const noexcept {
    std::unique_ptr<json::Document> owned(document);
    // While a thread ends, its thread_local objects go in some order: Spare may be gone before the last token.
    if (!thread_ends && !spare.document) spare.document = std::move(owned);
}

std::optional<std::string_view> VerifiedToken::string_claim(std::string_view name) const {
    const auto claim = claims_->find(name);
    return claim ? claim->string() : std::nullopt;
}

Result<> check_token(const Signed& signature, const json::Value& claims, const Expectations& expectations, Time now) {
    // A secret may be shared with another application, whose tokens say less than ours do, so other demands may hold
    // for them.
    const bool is_secret = signature.key->is_symmetric() && expectations.under_secret != nullptr;
    const Expectations& demanded = is_secret ? *expectations.under_secret : expectations;
    const std::string& typ = signature.header->typ;
    const auto is_typ = [&](std::string_view type) { return is_type(typ, type); };
    const bool is_other = !demanded.types.empty() && !typ.empty() && std::ranges::none_of(demanded.types, is_typ);
    const bool is_demanded = is_typ(demanded.type) || (!demanded.other_type.empty() && is_typ(demanded.other_type));
    if (is_other || (!demanded.type.empty() && !is_demanded))
        return Error(errors::token_claims, "The token is of another type (typ)");
    return check_claims(claims, demanded, now);
}

// RFC 7519 §7.2.
Result<VerifiedToken> explain(std::string_view token, const KeySet& keys, const Expectations& expectations, Time now) {
    const auto parts = split(token);
    if (!parts) return parts.error();
    const auto signature = verify_signature(*parts, keys);
    if (!signature) return signature.error();

    // 6 KiB on the stack instead of an allocation for each token.
    std::array<char, base64url::decoded_size(max_token_size)> room;
    const auto size = base64url::decode(parts->payload, room);
    if (!size) return Error(errors::token_malformed, "The payload is not base64url");
    VerifiedToken verified;
    verified.document_.reset(take_document());
    verified.claims_ = verified.document_->parse({room.data(), *size});
    if (!verified.claims_ || !verified.claims_->is_object())
        return Error(errors::token_malformed, "The claims are not a JSON object without duplicate names");
    if (auto checked = check_token(*signature, *verified.claims_, expectations, now); !checked) return checked.error();
    verified.subject_ = verified.string_claim("sub").value_or("");
    verified.key_ = signature->key;
    return verified;
}

Result<VerifiedToken> verify(std::string_view token, const KeySet& keys, const Expectations& expectations, Time now) {
    auto verified = explain(token, keys, expectations, now);
    // The row alone, without the sentence: what goes out must read alike for all refusals.
    if (!verified) return verified.error().errc();
    return verified;
}

std::string issue(std::string_view claims, const Key& key, std::string_view typ) {
    std::string header;
    json::Writer writer(header);
    writer.begin_object();
    writer.member("alg", key.algorithm().name);
    writer.member("typ", typ);
    if (!key.kid().empty()) writer.member("kid", key.kid());
    writer.end_object();
    return sign_compact(header, claims, key);
}

}  // namespace keyhold::jose
