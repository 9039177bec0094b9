#include "api/current_user.hpp"

#include "api/cookies.hpp"

namespace keyhold::http {
namespace {

// "Bearer" 1*SP token (RFC 6750 §2.1, RFC 9110 §11.4); the scheme's case does not matter.
Result<std::string_view> bearer_token(const Request& request, std::string_view field) {
    // Two of them: nobody can say which one a proxy looked at.
    if (request.count("Authorization") > 1) return Errc::token_malformed;
    const std::size_t space = std::min(field.find(' '), field.size());
    if (!equal_ignoring_case(field.substr(0, space), "Bearer")) return Errc::not_authenticated;
    const std::size_t token = field.find_first_not_of(' ', space);
    if (token == field.npos) return Errc::token_malformed;
    return field.substr(token);
}

// The field wins over the cookie: who sends it means it.
Result<std::string_view> token_of(const Request& request) {
    if (const auto field = request.find("Authorization")) return bearer_token(request, *field);
    const auto cookie = api::find_cookie(request, api::access_cookie);
    if (!cookie) return Errc::not_authenticated;
    if (auto refused = api::refuse_other_sites(request); !refused) return std::move(refused).error();
    return *cookie;
}

}  // namespace

Result<api::CurrentUser> Extract<api::CurrentUser>::from(const Request& request, domain::Tokens& tokens) {
    const auto token = token_of(request);
    if (!token) return token.error();
    auto bearer = tokens.authenticate(*token);
    if (!bearer) return std::move(bearer).error();
    return api::CurrentUser(std::move(*bearer));
}

void Extract<api::CurrentUser>::describe(Operation& operation) {
    operation.locked = true;
    operation.refusals.insert(operation.refusals.end(),
                              {Errc::not_authenticated, Errc::token_malformed, Errc::token_signature,
                               Errc::token_key_unknown, Errc::token_expired, Errc::token_not_yet_valid,
                               Errc::token_claims, Errc::token_not_live, Errc::store_unavailable});
}

}  // namespace keyhold::http

namespace keyhold::api {

std::string session_owner(const http::Request& request, domain::Tokens& tokens) {
    const auto token = http::token_of(request);
    const auto account = token ? tokens.recall_account(*token) : std::nullopt;
    return account ? to_text(*account) : std::string();
}

}  // namespace keyhold::api
