// SPDX-License-Identifier: Apache-2.0
// POST /oauth/device: a device without a browser begins (RFC 8628 §3.1). /device: the page on which a person types the
// code that it shows (§3.3).
#include "domain/clients/client_errors.hpp"
#include "domain/clients/device_grants.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/client.hpp"
#include "oauth/errors.hpp"
#include "oauth/resource.hpp"
#include "oauth/routes.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {
namespace {

struct DeviceRequest {
    static constexpr std::string_view schema_name = "DeviceAuthorizationRequest";
    static constexpr http::Notation notation = http::Notation::form;
    static constexpr std::string_view example = R"({"client_id": "tv", "scope": "openid"})";
    std::optional<std::string> client_id;  // read by Client (oauth/client.hpp), as are the proofs
    std::optional<std::string> scope;
    std::vector<std::string> resource;  // RFC 8707 §2: an authorization request, too
};
KEYHOLD_FIELDS(DeviceRequest, (client_id, about("The name under which the client is registered")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (resource, about("What the token is for: the audience of this server's tokens, and no other (RFC 8707)"),
                may_be_absent()))

// RFC 8628 §3.2
struct DeviceAnswer {
    static constexpr std::string_view schema_name = "DeviceAuthorization";
    std::string device_code;
    std::string user_code;
    std::string verification_uri;
    std::string verification_uri_complete;
    std::int64_t expires_in;  // seconds
    std::int64_t interval;    // seconds
};
KEYHOLD_FIELDS(DeviceAnswer, (device_code, about("What the device asks with until somebody has allowed it (RFC 8628)")),
               (user_code, about("What somebody types to allow the device")),
               (verification_uri, about("Where it is typed")),
               (verification_uri_complete, about("The same with the code in it")),
               (expires_in, about("Seconds that it is good")),
               (interval, about("Seconds between two questions of the device")))

Result<DeviceAnswer> begin(const DeviceRequest& wanted, const Client& client, const http::Request& request,
                           domain::RegisteredClients& clients, const domain::Authorizations& authorizations,
                           domain::DeviceGrants& devices, domain::IdTokens& id_tokens) {
    const auto registered = clients.find(client.id());
    if (!registered) return errors::invalid_client;
    if (!store::has_word(registered->grants, domain::device_grant))
        return Error(errors::unauthorized_client, "This client is not registered for device codes");
    if (auto checked = check_resources(wanted.resource, authorizations.audience()); !checked)
        return std::move(checked).error();
    const std::string asked = wanted.scope.value_or("");
    const std::string scope = allowed_scope(asked, *registered);
    if (scope.empty() && !asked.empty())
        return Error(errors::invalid_scope, "This client may have none of these scopes");
    if (store::has_word(scope, "openid") && !id_tokens.can_issue())
        return Error(errors::invalid_scope, "There are no ID tokens here: that needs keys of our own, and an issuer");
    const auto started = devices.start(*registered, scope, request.remote_address);
    if (!started) return started.error();
    std::string_view issuer = id_tokens.issuer();
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    const std::string uri = std::string(issuer) + "/device";
    return DeviceAnswer{.device_code = std::string(started->device_code.reveal()),
                        .user_code = started->user_code,
                        .verification_uri = uri,
                        .verification_uri_complete = uri + "?user_code=" + started->user_code,
                        .expires_in = domain::device_code_lifetime.count(),
                        .interval = domain::device_interval.count()};
}

struct Typed {
    static constexpr std::string_view schema_name = "DeviceForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string user_code;
};
KEYHOLD_FIELDS(Typed, (user_code, may_be_absent()))

// GET /device: nothing is looked up before the person has sent the form, so that a link asks for nothing.
pages::Answer show(const pages::PersonalVisit& visit, const http::Query<Typed>& typed) {
    return visit.show("device", {{"user_code", typed->user_code}});
}

// POST /device. A wrong code counts as a guess at a client's secret does: against the address that it came from.
pages::Answer look_up(const pages::PersonalForm<Typed>& form, domain::DeviceGrants& devices,
                      domain::RegisteredClients& clients, domain::Throttle& throttle) {
    const auto& visit = form.visit;
    const std::string& typed = form.fields.user_code;
    const auto refuse = [&](const Error& error) { return visit.show_error("device", {{"user_code", typed}}, error); };
    // The empty id: nobody's counter, so that the address alone is held to account.
    auto attempt = throttle.begin_client("", domain::ClientPlace::new_to_us, visit.request().remote_address);
    const auto code = devices.find(typed);
    const auto client = code ? clients.find(code->client_id) : std::nullopt;
    if (!client) {
        if (auto counted = throttle.failed(std::move(attempt), ""); !counted) return refuse(counted.error());
        return refuse(errors::user_code_unknown);
    }
    if (auto counted = throttle.succeeded(std::move(attempt)); !counted) return refuse(counted.error());
    return visit.show(
        "device_confirm",
        {{"client", client->name}, {"scopes", pages::sentences_of_scopes(visit, code->scope)}, {"user_code", typed}});
}

struct DeviceDecision {
    static constexpr std::string_view schema_name = "DeviceDecision";
    static constexpr http::Notation notation = http::Notation::form;
    std::string user_code;
    std::string decision;
};
KEYHOLD_FIELDS(DeviceDecision, (user_code), (decision, one_of("allow", "deny")))

// POST /device/decision
pages::Answer decide_device(const pages::PersonalForm<DeviceDecision>& form, domain::DeviceGrants& devices,
                            domain::Throttle& throttle) {
    const auto& visit = form.visit;
    if (visit.who().is_limited())
        return visit.show_error("device", {{"user_code", form.fields.user_code}}, errors::limited_session);
    const bool allows = form.fields.decision == "allow";
    auto attempt = throttle.begin_client("", domain::ClientPlace::new_to_us, visit.request().remote_address);
    const bool decided =
        devices.decide(form.fields.user_code, allows ? store::DeviceState::allowed : store::DeviceState::denied,
                       // If this session ends before the device comes, the device is refused
                       // (DeviceGrants::redeem()).
                       {visit.who().account_id(), visit.who().authenticated_at(), visit.who().session_id()});
    auto counted = decided ? throttle.succeeded(std::move(attempt)) : throttle.failed(std::move(attempt), "");
    if (decided) return visit.show("device_done", {{"allowed", allows}});
    return visit.show_error("device", {{"user_code", form.fields.user_code}},
                            counted ? Error(errors::user_code_unknown) : counted.error());
}

}  // namespace

void add_device_routes(http::Mount& mount, http::Mount& for_people) {
    using enum http::Method;
    mount.add(post, "/oauth/device",
              {.summary = "Begin on a device without a browser (RFC 8628)",
               .tag = "oauth",
               .door = Door::oauth,
               .on = http::On::storing,
               .no_store = true,
               .refusals = {errors::invalid_scope, errors::invalid_target, errors::unauthorized_client,
                            errors::too_many_requests, errors::store_unavailable}},
              begin);
    for_people.add(get, "/device",
                   {.summary = "The page for a code",
                    .tag = "oauth",
                    .door = Door::oauth,
                    .on = http::On::looking_up,
                    .documented = false},
                   show);
    for_people.add(
        post, "/device",
        {.summary = "Type a code", .tag = "oauth", .door = Door::oauth, .on = http::On::storing, .documented = false},
        look_up);
    for_people.add(post, "/device/decision",
                   {.summary = "Allow a device",
                    .tag = "oauth",
                    .door = Door::oauth,
                    .on = http::On::storing,
                    .documented = false},
                   decide_device);
}

}  // namespace keyhold::oauth
