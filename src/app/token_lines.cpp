#include "app/token_lines.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

#include "base/base64url.hpp"
#include "jose/jws.hpp"

namespace keyhold::app {
namespace {

// RFC 7515 §4.1.9 and RFC 8725 §3.11: "JWT", or a type of its own such as "at+jwt"; media types ignore case.
bool says_jwt(std::string_view typ) {
    std::string lower(typ);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
    return lower == "jwt" || lower.ends_with("+jwt");
}

bool begins_like_an_object(std::string_view payload) {
    const std::size_t first = payload.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && payload[first] == '{';
}

// Refused: token_malformed.
Result<Opened> open_payload(std::string_view segment, std::string_view typ, json::Document& document,
                            std::optional<json::Value>& claims) {
    const auto payload = base64url::decode(segment);
    if (!payload) return Error(Errc::token_malformed, "The payload is not base64url");
    claims = document.parse(*payload);
    if (claims && claims->is_object()) {
        Opened opened;
        json::append_value(opened.claims, *claims);
        return opened;
    }
    claims.reset();
    if (says_jwt(typ) || begins_like_an_object(*payload))
        return Error(Errc::token_malformed, "The claims are not a JSON object without duplicate names");
    return Opened{.claims = {}, .payload = std::string(segment)};
}

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
    std::streambuf& from = *in.rdbuf();
    using Traits = std::char_traits<char>;
    auto next = from.sbumpc();
    if (Traits::eq_int_type(next, Traits::eof())) return false;
    for (; !Traits::eq_int_type(next, Traits::eof()) && next != '\n'; next = from.sbumpc())
        if (line.size() <= max_token_line) line += Traits::to_char_type(next);
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

std::size_t verify_lines(std::istream& in, std::ostream& out, const jose::KeySet& keys,
                         const jose::Expectations& expectations, Time now, Format format) {
    std::size_t refused = 0;
    std::string line, answer;
    while (read_line(in, line)) {
        const auto opened = open_token(line, keys, expectations, now);
        if (!opened) ++refused;
        write_answer(answer, opened, format);
        // Answers go out in large pieces while more lines wait, and at once for somebody who waits for one.
        if (answer.size() < 64 * 1024 && in.rdbuf()->in_avail() > 0) continue;
        out << answer << std::flush;
        answer.clear();
    }
    out << answer << std::flush;
    return refused;
}

Result<Inspected> inspect_token(std::string_view token, Time now) {
    Inspected inspected;
    const auto parts = jose::split(token, max_token_line);
    if (!parts) {
        // An unsigned token is still worth a look; anything else has no parts to show.
        if (std::count(token.begin(), token.end(), '.') != 2 || token.size() > max_token_line) return parts.error();
        inspected.refusal = parts.error();
    }
    const std::size_t first = token.find('.'), second = token.find('.', first + 1);
    const auto header_text = base64url::decode(token.substr(0, first));
    json::Document document;
    const auto header = header_text ? document.parse(*header_text) : std::nullopt;
    if (!header || !header->is_object())
        return Error(Errc::token_malformed, "The header is not base64url of a JSON object without duplicate names");
    json::append_value(inspected.header, *header);
    const auto note = [&](const Error& error) {
        if (!inspected.refusal) inspected.refusal = error;
    };
    const auto understood = jose::parse_header(token.substr(0, first));
    if (!understood) note(understood.error());
    std::optional<json::Value> claims;
    const std::string_view segment = token.substr(first + 1, second - first - 1);
    auto body = open_payload(segment, understood ? understood->typ : "", document, claims);
    if (!body) {
        note(body.error());
        inspected.body.payload = std::string(segment);
        return inspected;
    }
    inspected.body = std::move(*body);
    jose::Expectations lenient;
    lenient.expiry_required = false;
    lenient.audience_ignored = true;
    if (claims)
        if (auto checked = jose::check_claims(*claims, lenient, now); !checked) note(checked.error());
    return inspected;
}

}  // namespace keyhold::app
