// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/back_channel.hpp"

#include <algorithm>
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

// For so long no other node tries the same notice.
constexpr seconds lease{30};
constexpr seconds patience{5};  // with one client

// A client that cannot be reached is left alone for so long, whatever is noted meanwhile: each try keeps a thread
// waiting that others need. Not for as long as its older notices wait, as it may be back before.
constexpr seconds longest_hold{30};

}  // namespace

BackChannel::BackChannel(Components& components, domain::IdTokens& id_tokens, const oauth::Settings& settings,
                         Warn warn)
    : components_(components), id_tokens_(id_tokens), https_(settings, patience), warn_(std::move(warn)) {}

bool BackChannel::tell_next(store::ClientsOf whose) {
    if (stopped_ || !id_tokens_.can_issue()) return false;
    store::LogoutStore& notices = *components_.stores.logouts;
    // Leased rather than removed: if this process ends meanwhile, another one tells the client when the lease is
    // over.
    const auto notice = notices.lease(whose, components_.clock.now(), components_.clock.now() + lease);
    if (!notice) return false;
    const auto client = components_.registered_clients.find(notice->client_id);
    // A client that is gone, or wants no log-outs any more, has been told enough.
    const Came came = client && !client->backchannel_logout_uri.empty() ? tell(*notice, *client) : Came::told;
    if (came == Came::told) {
        notices.remove(*notice);
        return true;
    }
    // A try that failed because the server stops is given back and not counted.
    if (stopped_) {
        notices.give_back(*notice, components_.clock.now());
        return false;
    }
    const Time now = components_.clock.now();
    const auto tries = static_cast<std::size_t>(notice->attempts);
    if (came == Came::unreachable) {
        // All notices of the client are put off, as each of them would run into the same silence.
        const seconds held = tries > waits.size() ? longest_hold : std::min(waits[tries - 1], longest_hold);
        for (const auto& given_up : notices.put_off(*notice, now, now + held, waits)) warn_of(given_up);
    } else if (tries > waits.size()) {
        warn_of(*notice);
        notices.remove(*notice);
    } else {
        notices.try_again(*notice, now + waits[tries - 1]);
    }
    return true;
}

void BackChannel::warn_of(const store::LogoutNotice& given_up) {
    warn_("client " + given_up.client_id + " was not told that session " + given_up.session_id + " is over");
}

// §2.5. What it answers besides its status is nobody's business; 400 says that it did not believe us, which another try
// does not change, but a key that it has not fetched yet may.
BackChannel::Came BackChannel::tell(const store::LogoutNotice& notice, const domain::RegisteredClient& client) try {
    const auto url =
        // Plain http is for clients on this machine, as in development.
        net::parse_url(client.backchannel_logout_uri, net::PlainHttp::on_this_machine, net::UrlQuery::allowed);
    if (!url) {
        warn_("client " + client.id + ": " + std::string(url.error().detail()));
        return Came::told;  // another try changes nothing
    }
    const std::string token =
        id_tokens_.issue_logout(notice.account_id, client.id, notice.session_id, client.id_token_algorithm,
                                make_id(components_.clock.now(), components_.random));
    // Back-Channel Logout §2.5: a form with this one parameter. base64url needs no escaping in it.
    const auto answer = https_.of(client).post_form(*url, "logout_token=" + token, "", Secret());
    if (answer.status >= 200 && answer.status < 300) return Came::told;
    warn_("client " + client.id + " answered " + std::to_string(answer.status) + " to a log-out token");
    return Came::refused;
} catch (const net::Unreachable& error) {
    if (!stopped_) warn_("client " + client.id + " cannot be told of a log-out: " + error.what());
    return Came::unreachable;
}

}  // namespace keyhold::server
