// SPDX-License-Identifier: Apache-2.0
// Refusals of a guard as an HTTP answer: problem details (RFC 9457) and the challenge (RFC 6750 §3).
#include "guard/problem.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.hpp"

namespace keyhold::guard {
namespace {

// Everything that an answer says; no member comes from the token.
struct Refusal {
    int status;
    std::string_view code;
    std::string_view title;
    std::string_view detail;
    std::string_view oauth;      // `error` of RFC 6750 §3.1 or RFC 9470 §3; empty where none came and with 503
    std::string_view attribute;  // one more attribute of the challenge, written
};

Problem write(const Refusal& refusal, std::string_view realm) {
    Problem problem;
    problem.status = refusal.status;
    problem.code = refusal.code;
    json::Writer out(problem.body);
    out.begin_object();
    out.member("type", "about:blank");
    out.member("title", refusal.title);
    out.member("status", refusal.status);
    out.member("detail", refusal.detail);
    // Which of its checks a bad token failed is for our logs alone.
    // Whoever guesses learns nothing of how near he came.
    out.member("code", refusal.oauth == "invalid_token" ? refusal.oauth : refusal.code);
    if (!refusal.oauth.empty()) out.member("error", refusal.oauth);
    out.end_object();
    // A challenge would say that other credentials help.
    if (refusal.status == 503) return problem;
    std::string& challenge = problem.www_authenticate;
    challenge.append("Bearer realm=\"").append(realm).append("\"");
    // RFC 6750 §3.1: without a token the challenge names no error.
    if (refusal.oauth.empty()) return problem;
    challenge.append(", error=\"").append(refusal.oauth).append("\"");
    challenge.append(", error_description=\"").append(refusal.detail).append("\"");
    if (!refusal.attribute.empty()) challenge.append(", ").append(refusal.attribute);
    return problem;
}

// What a demand says when it is not met.
struct DemandRow {
    Rule::Node::Kind kind;
    int status;
    std::string_view code, title, detail, oauth;
};
constexpr std::array demand_rows{
    DemandRow{Rule::Node::Kind::scope, 403, "insufficient_scope", "Forbidden", "The token lacks a scope",
              "insufficient_scope"},
    DemandRow{Rule::Node::Kind::role, 403, "insufficient_role", "Forbidden", "The token lacks a role",
              "insufficient_scope"},
    DemandRow{Rule::Node::Kind::claim, 403, "insufficient_claims", "Forbidden", "The token is not for this",
              "insufficient_scope"},
    DemandRow{Rule::Node::Kind::fresh, 401, "insufficient_user_authentication", "Unauthorized",
              "Sign in again: it has been too long", "insufficient_user_authentication"},
};

}  // namespace

void require_realm(std::string_view realm) {
    const auto is_plain = [](char c) { return is_ascii_printable(c) && c != '"' && c != '\\'; };
    if (realm.empty() || !std::ranges::all_of(realm, is_plain))
        throw std::invalid_argument("a realm is printable ASCII without quotes");
}

// 503 without a challenge if the issuer cannot be asked: the token may be good.
Problem problem_of(Errc errc, std::string_view realm, std::chrono::seconds retry_after) {
    const ErrorRow& row = errc.row();
    if (errc != errors::store_unavailable)
        return write({row.status, row.code, row.title, row.detail, row.oauth, {}}, realm);
    Problem problem = write({503,
                             "issuer_unavailable",
                             "Service Unavailable",
                             "Whether the token is good cannot be said now; try again later",
                             {},
                             {}},
                            realm);
    problem.retry_after = std::to_string(std::max<long long>(1, retry_after.count()));
    return problem;
}

// The token is good and not enough for this route.
Problem problem_of(const Rule& rule, const Rule::Node& unmet, std::string_view realm) {
    const auto* const row = std::ranges::find(demand_rows, unmet.kind, &DemandRow::kind);
    std::string attribute;
    // RFC 6750 §3: all scopes that the route needs, so that the client can ask for them together.
    if (unmet.kind == Rule::Node::Kind::scope) attribute = "scope=\"" + scopes_of(rule) + "\"";
    // RFC 9470 §3.
    if (unmet.kind == Rule::Node::Kind::fresh) attribute = "max_age=\"" + std::to_string(unmet.max_age.count()) + "\"";
    return write({row->status, row->code, row->title, row->detail, row->oauth, attribute}, realm);
}

}  // namespace keyhold::guard
