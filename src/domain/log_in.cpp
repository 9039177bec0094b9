// SPDX-License-Identifier: Apache-2.0
#include "domain/log_in.hpp"

#include "domain/names.hpp"

namespace keyhold::domain {

Result<LoggedIn> log_in(const LogInAttempt& attempt, Accounts& accounts, Throttle& throttle, Sessions& sessions,
                        Tokens& tokens) {
    const auto account = accounts.authenticate(
        attempt.username, attempt.password, {.address = attempt.client.address, .device_token = attempt.device_token});
    if (!account) return account.error();
    auto device = throttle.device_token(*account, attempt.device_token);
    auto session = sessions.start(*account, attempt.client, device.id);
    if (!session) return std::move(session).error();
    auto access = tokens.issue({subject_of(*account), session->id, session->ends_at});
    if (!access) return std::move(access).error();
    return LoggedIn{std::move(access).value(), std::move(session->refresh_token), session->left,
                    std::move(device.token)};
}

Result<LoggedIn> carry_on(std::string_view refresh_token, Sessions& sessions, Tokens& tokens) {
    auto refreshed = sessions.refresh(refresh_token);
    if (!refreshed) return std::move(refreshed).error();
    const Session& session = refreshed->session;
    auto access = tokens.issue({refreshed->account, session.id, sessions.expires_at(session)});
    if (!access) return std::move(access).error();
    return LoggedIn{std::move(access).value(), std::move(refreshed->refresh_token), sessions.left(session), Secret()};
}

std::string owner_of_device(std::string_view username, std::string_view device_token, Throttle& throttle) {
    const auto name = parse_name(username);
    if (!name || !throttle.is_known_device(name->key, device_token)) return {};
    return name->key;
}

}  // namespace keyhold::domain
