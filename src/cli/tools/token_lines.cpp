// SPDX-License-Identifier: Apache-2.0
// `keyhold token verify`: one token in each line, one answer in each line. It is made for millions of lines, so memory
// is used again and answers are written in large pieces.
#include "cli/tools/token_lines.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "jose/errors.hpp"
#include "jose/jws.hpp"

namespace keyhold::cli {
namespace {

// RFC 7515 §4.1.9 and RFC 8725 §3.11: "JWT", or a type of its own such as "at+jwt", with or without "application/";
// media types ignore case.
bool says_jwt(std::string_view typ) {
    const std::string lower = ascii_lower(typ);
    return lower == "jwt" || lower == "application/jwt" || lower.ends_with("+jwt");
}

// A payload that begins like a JSON object was meant as claims: if it is broken JSON it is refused instead of being
// accepted as other bytes.
bool begins_like_an_object(std::string_view payload) {
    const std::size_t first = payload.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && payload[first] == '{';
}

// One line: "ok {claims}" or "refused code: sentence", or the same as JSON.
void write_answer(std::string& out, const Result<Opened>& opened, Format format) {
    if (format == Format::text) {
        if (opened)
            out.append("ok ").append(opened->claims.empty() ? opened->payload : opened->claims);
        else
            out.append("refused ").append(opened.error().row().code).append(": ").append(opened.error().detail());
        out += '\n';
        return;
    }
    json::Writer writer(out);
    writer.begin_object();
    writer.member("ok", opened.ok());
    if (!opened) {
        writer.member("code", opened.error().row().code);
        writer.member("detail", opened.error().detail());
    } else if (opened->claims.empty()) {
        writer.member("payload", opened->payload);
    } else {
        writer.name("claims");
        writer.raw(opened->claims);
    }
    writer.end_object();
    out += '\n';
}

}  // namespace

Result<Opened> open_payload(std::string_view segment, std::string_view typ, json::Document& document,
                            std::optional<json::Value>& claims) {
    const auto payload = base64url::decode(segment);
    if (!payload) return Error(errors::token_malformed, "The payload is not base64url");
    // The values refer to `document`, which the caller keeps for as long.
    claims = document.parse(*payload);
    if (claims && claims->is_object()) {
        Opened opened;
        json::append_value(opened.claims, *claims);
        return opened;
    }
    claims.reset();
    if (says_jwt(typ) || begins_like_an_object(*payload))
        return Error(errors::token_malformed, "The claims are not a JSON object without duplicate names");
    return Opened{.claims = {}, .payload = std::string(segment)};
}

// The server's order: the form, the signature, then the claims; claims of an unsigned token are never looked at.
Result<Opened> open_token(std::string_view token, const jose::KeySet& keys, const jose::Expectations& expectations,
                          Time now) {
    const auto parts = jose::split(token, max_token_line);
    if (!parts) return parts.error();
    const auto signature = jose::verify_signature(*parts, keys);
    if (!signature) return signature.error();
    static thread_local json::Document document;  // its memory serves the next line
    std::optional<json::Value> claims;
    auto opened = open_payload(parts->payload, signature->header->typ, document, claims);
    if (!opened || !claims) return opened;
    if (auto checked = jose::check_claims(*claims, expectations, now); !checked) return checked.error();
    return opened;
}

bool read_line(std::istream& in, std::string& line) {
    line.clear();
    // Past the stream's state and its sentry for each character, as lines come by the million; and std::getline()
    // would hold a line of any length.
    std::streambuf& from = *in.rdbuf();
    using Traits = std::char_traits<char>;
    auto next = from.sbumpc();
    if (Traits::eq_int_type(next, Traits::eof())) return false;
    for (; !Traits::eq_int_type(next, Traits::eof()) && next != '\n'; next = from.sbumpc())
        // One byte more than allowed, so that a line which is too long is refused as such.
        if (line.size() <= max_token_line) line += Traits::to_char_type(next);
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

namespace {

// `answer(line)` for each; how many were refused.
template <class Answer>
std::size_t answer_lines(std::istream& in, std::ostream& out, Format format, Answer answer) {
    std::size_t refused = 0;
    std::string line, said;
    while (read_line(in, line)) {
        const Result<Opened> opened = answer(line);
        if (!opened) ++refused;
        write_answer(said, opened, format);
        // Answers go out in large pieces while more lines wait, and at once for somebody who waits for one.
        if (said.size() < 64 * 1024 && in.rdbuf()->in_avail() > 0) continue;
        out << said << std::flush;
        said.clear();
    }
    out << said << std::flush;
    return refused;
}

}  // namespace

std::size_t verify_lines(std::istream& in, std::ostream& out, const jose::KeySet& keys,
                         const jose::Expectations& expectations, Time now, Format format) {
    return answer_lines(in, out, format,
                        [&](const std::string& line) { return open_token(line, keys, expectations, now); });
}

std::size_t refuse_lines(std::istream& in, std::ostream& out, const Error& why, Format format) {
    return answer_lines(in, out, format, [&](const std::string&) { return Result<Opened>(why); });
}

}  // namespace keyhold::cli
