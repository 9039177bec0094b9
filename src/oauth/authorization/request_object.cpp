// SPDX-License-Identifier: Apache-2.0
// Request objects: the parameters of an authorization request within a signed JWT (OpenID Connect Core §6, RFC 9101),
// sent as `request` or fetched from `request_uri`.
#include "oauth/authorization/request_object.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "domain/clients/authorizations.hpp"
#include "pages/sign_in_proof.hpp"

namespace keyhold::oauth {
namespace {

constexpr std::string_view by_value = "request", by_address = "request_uri";

bool is_object_name(std::string_view name) { return name == by_value || name == by_address; }

// §6.1: "request and request_uri parameters MUST NOT be included in Request Objects." And what is ours alone.
bool may_stand_within(std::string_view name) {
    return !is_object_name(name) && name != "registration" && name != pages::sign_in_proof_field;
}

// Empty if the parameter is missing; an empty parameter counts as missing (RFC 6749 §3.1).
std::string_view value_of(const http::FormFields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, [](const auto& field) { return std::string_view(field.first); });
    return found != fields.end() ? std::string_view(found->second) : std::string_view();
}

// Numbers (max_age) and objects (claims) are written as they would stand in a query.
std::string text_of(const json::Value& value) {
    if (value.is_string()) return std::string(*value.string());
    std::string text;
    json::append_value(text, value);
    return text;
}

std::variant<http::FormFields, ObjectRefusal> merged(const http::FormFields& fields, const std::string& claims) {
    json::Document document;
    const auto root = document.parse(claims);
    http::FormFields all;
    for (const auto& [name, value] : fields)
        if (!is_object_name(name)) all.emplace_back(name, value);
    for (auto claim = root->first(); claim; claim = claim->next()) {
        const std::string name(claim->name());
        // A member that is null says nothing, as a parameter without a value (RFC 6749 §3.1).
        if (!may_stand_within(name) || claim->type() == json::Type::null) continue;
        const std::string text = text_of(*claim);
        const auto beside = value_of(fields, name);
        // "the values for the response_type and client_id parameters [...] MUST match those in the Request Object, if
        // present." Plain OAuth (RFC 9101 §5) sends client_id alone beside the object; who read the request has seen to
        // it that this one is there.
        if ((name == "client_id" || name == "response_type") && !beside.empty() && beside != text)
            return ObjectRefusal("invalid_request_object",
                                 name + " is not the one that stands beside the request object");
        std::erase_if(all, [&](const auto& field) { return field.first == name; });
        // RFC 8707 §2: several resources are several parameters, and in a JWT a list.
        if (name == "resource" && claim->type() == json::Type::array) {
            for (auto item = claim->first(); item; item = item->next()) all.emplace_back(name, text_of(*item));
            continue;
        }
        all.emplace_back(name, text);
    }
    return all;
}

}  // namespace

bool has_request_object(const http::FormFields& fields) {
    const auto address = value_of(fields, by_address);
    return !value_of(fields, by_value).empty() || (!address.empty() && !address.starts_with(domain::pushed_prefix));
}

std::variant<http::FormFields, ObjectRefusal> with_request_object(const http::FormFields& fields,
                                                                  const domain::RegisteredClient& client,
                                                                  domain::RequestObjects& objects) {
    std::string text(value_of(fields, by_value));
    if (const auto address = value_of(fields, by_address); !address.empty()) {
        if (!text.empty())
            return ObjectRefusal("invalid_request", "request and request_uri are there at once");  // §6.2
        auto fetched = objects.fetch(client, address);
        if (!fetched)
            return ObjectRefusal("invalid_request_uri",
                                 "the client has not registered this request_uri, or it does not answer");
        text = *std::move(fetched);
    }
    const auto claims = objects.read(client, text);
    if (!claims) return ObjectRefusal("invalid_request_object", std::string(claims.error().detail()));
    return merged(fields, *claims);
}

}  // namespace keyhold::oauth
