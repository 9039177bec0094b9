// SPDX-License-Identifier: Apache-2.0
#include "server/back_channel.hpp"

#include <array>
#include <chrono>

#include "base/id.hpp"

namespace keyhold::server {
namespace {

using std::chrono::seconds;

// When it is worth another try, after the first, the second ... After the last one the client is not told any more: its
// tokens are over all the same, as far as anybody asks.
constexpr std::array<seconds, 6> waits{seconds(5),   seconds(30),   seconds(120),
                                       seconds(600), seconds(3600), seconds(14'400)};

// Nobody else tries meanwhile.
constexpr seconds lease{30};
constexpr seconds patience{5};  // with one client

}  // namespace

BackChannel::BackChannel(Components& components, domain::IdTokens& id_tokens, const oauth::Settings& settings,
                         Warn warn)
    : components_(components), id_tokens_(id_tokens), https_(settings, patience), warn_(std::move(warn)) {}

void BackChannel::tell_all() {
    if (!id_tokens_.can_issue()) return;
    store::LogoutStore& notices = *components_.stores.logouts;
    while (const auto notice = notices.lease(components_.clock.now(), components_.clock.now() + lease)) {
        const auto client = components_.registered_clients.find(notice->client_id);
        if (!client || client->backchannel_logout_uri.empty() || tell(*notice, *client)) {
            notices.remove(notice->session_id);
            continue;
        }
        const auto tries = static_cast<std::size_t>(notice->attempts);
        if (tries > waits.size()) {
            warn_("client " + client->id + " was not told that session " + notice->session_id + " is over");
            notices.remove(notice->session_id);
        } else {
            notices.try_again(notice->session_id, components_.clock.now() + waits[tries - 1]);
        }
    }
}

// §2.5. What it answers besides its status is nobody's business; 400 says that it did not believe us, which another try
// does not change, but a key that it has not fetched yet may.
bool BackChannel::tell(const store::LogoutNotice& notice, const domain::RegisteredClient& client) try {
    const auto url = net::parse_url(client.backchannel_logout_uri, net::PlainHttp::on_this_machine);
    if (!url) {
        warn_("client " + client.id + ": " + std::string(url.error().detail()));
        return true;
    }
    const std::string token =
        id_tokens_.issue_logout(notice.account_id, client.id, notice.session_id, client.id_token_algorithm,
                                make_id(components_.clock.now(), components_.random));
    const auto answer = https_.of(client).post_form(*url, "logout_token=" + token, "", Secret());
    if (answer.status >= 200 && answer.status < 300) return true;
    warn_("client " + client.id + " answered " + std::to_string(answer.status) + " to a log-out token");
    return false;
} catch (const net::Unreachable& error) {
    warn_("client " + client.id + " cannot be told of a log-out: " + error.what());
    return false;
}

}  // namespace keyhold::server
