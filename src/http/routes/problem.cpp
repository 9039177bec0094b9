// SPDX-License-Identifier: Apache-2.0
#include "http/problem.hpp"

#include "base/json.hpp"
#include "http/connection/response_writer.hpp"
#include "http/errors.hpp"
#include "http/scopes.hpp"

namespace keyhold::http {
namespace {

// As FastAPI writes them, so that its clients can read `loc` and `msg` without a change.
void write_fields(json::Writer& out, const std::vector<FieldError>& fields) {
    out.name("errors");
    out.begin_array();
    for (const FieldError& field : fields) {
        out.begin_object();
        out.member("type", field.type);
        out.name("loc");
        out.begin_array();
        // The index of an item is a number in JSON, as FastAPI writes it; a position in the text comes last.
        for (const LocationStep& step : field.loc) {
            if (step.is_item())
                out.value(static_cast<std::int64_t>(step.index()));
            else
                out.value(step.text());
        }
        if (field.offset) out.value(static_cast<std::int64_t>(*field.offset));
        out.end_array();
        out.member("msg", field.msg);
        out.end_object();
    }
    out.end_array();
}

// What a 401 asks for: RFC 6750 §3, and RFC 6749 §5.2 for clients.
std::string_view challenge(std::string_view oauth) {
    if (oauth == "invalid_client") return "Basic realm=\"keyhold\"";
    if (oauth != "invalid_token") return "Bearer";
    return R"(Bearer error="invalid_token", error_description="the token is missing, wrong, expired or revoked")";
}

// "account";q=10;w=86400 and "account";r=0;t=30: the reset is the moment that Retry-After names.
// Names and parameters of draft-ietf-httpapi-ratelimit-headers: q is how much in w seconds, r is what is left, t the
// seconds until there is more.
void add_quota(Response& response, const Quota& quota) {
    const std::string retry_in = std::to_string(quota.retry_in.count());
    const std::string policy = "\"" + std::string(quota.policy) + "\"";
    response.add_field("Retry-After", retry_in);
    response.add_field("RateLimit-Policy",
                       policy + ";q=" + std::to_string(quota.limit) + ";w=" + std::to_string(quota.window.count()));
    response.add_field("RateLimit", policy + ";r=0;t=" + retry_in);
}

}  // namespace

// A sentence of the error's own comes before the list of fields; the row's sentence ("The request is not valid") says
// less than the list.
std::string sentence_of(const Error& error) {
    if (error.fields().empty() || error.detail() != error.row().detail) return std::string(error.detail());
    std::string text;
    for (const FieldError& field : error.fields()) {
        if (!text.empty()) text += "; ";
        // The way to it: "authors.1.name". Where it begins (body, query, path) is said only if there is nothing behind.
        for (std::size_t i = field.loc.size() > 1 ? 1 : 0; i < field.loc.size(); ++i)
            text.append(field.loc[i].text()).append(i + 1 < field.loc.size() ? "." : ": ");
        text += field.msg;
    }
    return text;
}

void add_waiting_fields(Response& response, const Error& error) {
    if (error.row().status == 503 || error.errc() == errors::too_many_of_address)
        response.add_field("Retry-After",
                           std::to_string(error.retry_after().value_or(std::chrono::seconds(1)).count()));
    if (error.quota()) add_quota(response, *error.quota());
}

void refuse_as_problem(Response& response, const Error& error, const Request& request) {
    const ErrorRow& row = error.row();
    response.clear();
    response.status = row.status;
    response.media_type = "application/problem+json";
    // A 404 may be kept by caches without being asked (RFC 9110 §15.1), and may be over a moment later.
    response.add_field("Cache-Control", "no-store");
    // RFC 9110 §15.5.2: a 401 names at least one way to authenticate.
    if (row.status == 401) response.add_field("WWW-Authenticate", challenge(row.oauth));
    if (const auto scope = needed_scope(error); !scope.empty())
        response.add_field("WWW-Authenticate",
                           R"(Bearer error="insufficient_scope", scope=")" + std::string(scope) + "\"");
    add_waiting_fields(response, error);

    json::Writer out(response.body);
    out.begin_object();
    // The page that says more; a program's own refusals have none (RFC 9457 §4.2.1).
    out.member("type", error.errc() == errors::own ? "about:blank" : "/problems/" + std::string(row.code));
    out.member("title", row.title.empty() ? reason_phrase(row.status) : row.title);
    out.member("status", row.status);
    out.member("detail", sentence_of(error));
    out.member("code", row.code);
    // RFC 6749 §5.2 and RFC 6750 §3.1, for OAuth clients that look for `error` first.
    if (!row.oauth.empty()) out.member("error", row.oauth);
    if (!row.oauth.empty()) out.member("error_description", sentence_of(error));
    out.member("request_id", request.request_id);
    if (!error.fields().empty()) write_fields(out, error.fields());
    out.end_object();
}

// Written by hand, as refuse_as_problem() writes it: both stand in this file, so that they are changed together.
std::string_view problem_schema() {
    return R"({"type":"object","title":"Problem","description":"RFC 9457 problem details","required":["type","title","status","detail","code","request_id"],"properties":{)"
           R"("type":{"type":"string","description":"Where the refusal has its page: /problems/{code}"},)"
           R"("title":{"type":"string","description":"The same for every occurrence"},)"
           R"("status":{"type":"integer","description":"The status of the answer"},)"
           R"("detail":{"type":"string","description":"A sentence about this very case, for people"},)"
           R"("code":{"type":"string","description":"Stays the same, so that programs may compare it"},)"
           R"("request_id":{"type":"string","description":"What the server's log calls this request"},)"
           R"("error":{"type":"string","description":"RFC 6749 §5.2, RFC 6750 §3.1"},)"
           R"("error_description":{"type":"string","description":"RFC 6749 §5.2, RFC 6750 §3.1"},)"
           R"("errors":{"type":"array","description":"Of a 422: what is wrong with which field","items":{"type":"object","required":["type","loc","msg"],"properties":{)"
           R"("type":{"type":"string","description":"Stays the same for the same fault"},)"
           R"("loc":{"type":"array","description":"The way to the field: body, notes, 0, text","items":{"anyOf":[{"type":"string"},{"type":"integer"}]}},)"
           R"("msg":{"type":"string","description":"For people"}}}}}})";
}

}  // namespace keyhold::http
