// SPDX-License-Identifier: Apache-2.0
#include "oauth/refusal.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/clients/client_errors.hpp"

namespace keyhold::oauth {
namespace {

// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E. What stands outside of that in one of our sentences is a quotation mark,
// or something that a client sent.
std::string described(std::string text) {
    for (char& c : text)
        if (!is_ascii_printable(c) || c == '"' || c == '\\') c = c == '"' ? '\'' : '?';
    return text;
}

// §5.2 knows no error for a server that broke or a request that is no good HTTP; §4.1.2.1 has a word for the first.
std::string_view error_of(const ErrorRow& row) {
    if (!row.oauth.empty()) return row.oauth;
    return row.status >= 500 ? "server_error" : "invalid_request";
}

// "The authorization server responds with an HTTP 400 (Bad Request) status code (unless specified otherwise)": what a
// log-in refuses, and what is wrong with the parameters, be it that they are too long or in
// another notation than forms.
int status_of(const ErrorRow& row) {
    constexpr std::array<int, 4> unspecified{401, 413, 415, 422};
    return std::ranges::find(unspecified, row.status) != unspecified.end() ? 400 : row.status;
}

void write(http::Response& response, const Error& error, std::string_view word, int status) {
    response.clear();
    response.status = status;
    response.media_type = "application/json";
    response.add_field("Cache-Control", "no-store");
    response.add_field("Pragma", "no-cache");
    if (status == 401)
        response.add_field("WWW-Authenticate",
                           // RFC 6750 §3.1; RFC 6749 §5.2 demands the scheme that the client used, which is Basic.
                           word == "invalid_token" ? R"(Bearer error="invalid_token")" : R"(Basic realm="keyhold")");
    http::add_waiting_fields(response, error);
    json::Writer out(response.body);
    out.begin_object();
    out.member("error", word);
    out.member("error_description", described(http::sentence_of(error)));
    out.end_object();
}

std::string_view error_schema() {
    return R"({"type":"object","title":"OAuthError","description":"RFC 6749, section 5.2","required":["error","error_description"],)"
           R"("properties":{"error":{"type":"string","description":"Its code"},)"
           R"("error_description":{"type":"string","description":"A sentence about this very case, for developers"}}})";
}

// "invalid_grant, unsupported_grant_type"
std::string words_of(const std::set<Errc>& refusals) {
    std::set<std::string_view> words;
    for (const Errc errc : refusals) words.insert(error_of(errc.row()));
    return joined(words, ", ");
}

std::vector<int> statuses_of(Errc errc) {
    if (errc == errors::invalid_client) return {400, 401};
    return {status_of(errc.row())};
}

}  // namespace

void refuse(http::Response& response, const Error& error, const http::Request& request) {
    const bool tried_a_field = error.errc() == errors::invalid_client && request.find("Authorization");
    write(response, error, error_of(error.row()), tried_a_field ? 401 : status_of(error.row()));
}

void refuse_introspection(http::Response& response, const Error& error, const http::Request&) {
    write(response, error, error_of(error.row()),
          error.errc() == errors::invalid_client ? 401 : status_of(error.row()));
}

void refuse_registration(http::Response& response, const Error& error, const http::Request&) {
    const bool is_metadata = error.errc() == errors::validation_failed;
    write(response, error, is_metadata ? "invalid_client_metadata" : error_of(error.row()),
          error.errc() == errors::token_malformed ? 401 : status_of(error.row()));
}

http::RefusalShape registration_refusal_shape() {
    http::RefusalShape shape = refusal_shape();
    shape.statuses = [](Errc errc) {
        return std::vector{errc == errors::token_malformed ? 401 : status_of(errc.row())};
    };
    return shape;
}

http::RefusalShape refusal_shape() { return {"application/json", "OAuthError", error_schema, statuses_of, words_of}; }

}  // namespace keyhold::oauth
