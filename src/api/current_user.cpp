#include "api/current_user.hpp"

namespace keyhold::http {
namespace {

// "Bearer" 1*SP token (RFC 6750 §2.1, RFC 9110 §11.4); the scheme's case does not matter.
Result<std::string_view> bearer_token(const Request& request) {
    const auto field = request.find("Authorization");
    if (!field) return Errc::not_authenticated;
    // Two of them: nobody can say which one a proxy looked at.
    if (request.count("Authorization") > 1) return Errc::token_malformed;
    const std::size_t space = std::min(field->find(' '), field->size());
    if (!equal_ignoring_case(field->substr(0, space), "Bearer")) return Errc::not_authenticated;
    const std::size_t token = field->find_first_not_of(' ', space);
    if (token == field->npos) return Errc::token_malformed;
    return field->substr(token);
}

}  // namespace

Result<api::CurrentUser> Extract<api::CurrentUser>::from(const Request& request, api::Services& services) {
    const auto token = bearer_token(request);
    if (!token) return token.error();
    auto account = std::get<domain::Tokens&>(services).authenticate(*token);
    if (!account) return std::move(account).error();
    return api::CurrentUser(std::move(*account));
}

void Extract<api::CurrentUser>::describe(Operation& operation) {
    operation.locked = true;
    operation.refusals.insert(operation.refusals.end(),
                              {Errc::not_authenticated, Errc::token_malformed, Errc::token_signature,
                               Errc::token_key_unknown, Errc::token_expired, Errc::token_not_yet_valid,
                               Errc::token_claims, Errc::token_not_live, Errc::store_unavailable});
}

}  // namespace keyhold::http
