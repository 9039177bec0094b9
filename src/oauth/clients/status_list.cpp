// SPDX-License-Identifier: Apache-2.0
// GET /oauth/status-lists/{list}: whether sessions have ended, as the IETF's Token Status List says it
// (docs/revocations.md).
#include "domain/errors.hpp"
#include "domain/sessions/status_lists.hpp"
#include "http/parameters.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {

// A signed token, ready to be sent; no JSON.
struct StatusListAnswer {
    std::string token;
};

namespace {

// The number that stands in a token's `uri`.
using List = http::Path<"list", std::int64_t, about("The number at the end of a token's `uri`")>;

Result<StatusListAnswer> status_list(const List& list, domain::StatusLists& lists) {
    if (*list < 0 || *list > domain::last_list) return errors::not_found;
    auto token = lists.written(*list);
    if (!token) return Error(errors::not_found, "There is no such list, or `oauth_status_lists` is off");
    return StatusListAnswer{*std::move(token)};
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

template <>
struct Respond<oauth::StatusListAnswer> {
    static void write(Response& response, const oauth::StatusListAnswer& answer) {
        response.add_field("Cache-Control", "public, max-age=" + std::to_string(domain::StatusLists::kept_for.count()));
        response.media_type = "application/statuslist+jwt";
        response.body = answer.token;
    }
    static void describe(Operation& operation) { operation.response_media = "application/statuslist+jwt"; }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_status_list_routes(http::Mount& mount) {
    mount.add(
        http::Method::get, "/oauth/status-lists/{list}",
        {.summary = "A list of which sessions have ended",
         .tag = "keys",
         .on = http::On::looking_up,
         .refusals = {errors::not_found, errors::store_unavailable},
         .description = "A Token Status List of the IETF, signed (application/statuslist+jwt). The claim `status` "
                        "of an access token says which list and which place of it: docs/revocations.md."},
        status_list);
}

}  // namespace keyhold::oauth
