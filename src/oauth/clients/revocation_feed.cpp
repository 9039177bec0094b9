// SPDX-License-Identifier: Apache-2.0
// GET /events/revocations: what guards follow so that a log-out counts with them too (docs/revocations.md).
#include "domain/errors.hpp"
#include "domain/sessions/revocations.hpp"
#include "http/connection/wait_list.hpp"
#include "http/parameters.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {

// Where the guard is in the feed and how long the answer may wait for news (long polling).
struct FeedQuestion {
    static constexpr std::string_view schema_name = "RevocationsAfter";
    std::optional<std::int64_t> after;  // `last` of the answer before; absent: from the oldest on
    std::optional<std::int64_t> wait;   // so many seconds at most, if there is nothing to tell yet
};
// Up to 2^53 - 1, which every JSON reader can tell apart (RFC 8259 §6).
KEYHOLD_FIELDS(FeedQuestion,
               (after, range(0, 9'007'199'254'740'991),
                about("`last` of the answer before; absent: from the oldest on")),
               (wait, about("Seconds; an answer comes after eight at the latest"), range(0, 60)))

// A signed token and fingerprints, ready to be sent; no JSON.
struct FeedAnswer {
    std::string body;
};

namespace {

// Refused: not_found, where there is no feed. A guard that gets no news is answered after its wait with an empty page,
// which tells it that it is up to date.
Result<FeedAnswer> revocations(const http::Query<FeedQuestion>& question, domain::Revocations& feed,
                               http::WaitList& changes) {
    if (!feed.is_there())
        return Error(errors::not_found, "There is no feed where a shared secret signs, or `issuer` is not set");
    // Before the page is read: a change that comes in between ends the wait at once.
    const std::uint64_t moment = changes.moment();
    const auto page = feed.page(question->after);
    // Does not wait here, but has the connection wait without a thread (http/connection/wait_list.hpp).
    if (page.says_nothing()) changes.wait(moment, std::chrono::seconds(question->wait.value_or(0)));
    return FeedAnswer{feed.written(page)};
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::FeedAnswer> {
    static void write(Response& response, const oauth::FeedAnswer& answer) {
        response.media_type = "application/vnd.keyhold.revocations";
        response.body = answer.body;
    }
    static void describe(Operation& operation) { operation.response_media = "application/vnd.keyhold.revocations"; }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_revocation_feed_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/events/revocations",
              {.summary = "What was revoked, for those who verify tokens elsewhere",
               .tag = "keys",
               .on = http::On::looking_up,
               .no_store = true,
               .refusals = {errors::not_found, errors::store_unavailable},
               .description = "A signed token, a line feed, and fingerprints: docs/revocations.md."},
              revocations);
}

}  // namespace keyhold::oauth
