// SPDX-License-Identifier: Apache-2.0
#include "oauth/authorization/authorization_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.hpp"
#include "base/percent_encoding.hpp"
#include "base/text.hpp"
#include "domain/clients/authorizations.hpp"
#include "domain/clients/redirect_uri.hpp"
#include "domain/words.hpp"
#include "http/form.hpp"
#include "oauth/authorization/request_object.hpp"
#include "oauth/person_claims.hpp"
#include "oauth/resource.hpp"
#include "pages/sign_in_proof.hpp"

namespace keyhold::oauth {
namespace {

using Outcome = std::variant<AuthorizationRequest, AuthorizationRefusal>;

// The one that may be there more than once (RFC 8707 §2).
constexpr std::string_view resource_name = "resource";

// Others are ignored (RFC 6749 §3.1).
constexpr std::array<std::string_view, 19> known{"client_id",
                                                 "redirect_uri",
                                                 "response_type",
                                                 "scope",
                                                 "state",
                                                 "nonce",
                                                 "response_mode",
                                                 "code_challenge",
                                                 "code_challenge_method",
                                                 "prompt",
                                                 "max_age",
                                                 "login_hint",
                                                 "id_token_hint",
                                                 "request",
                                                 "request_uri",
                                                 "registration",
                                                 "claims",
                                                 resource_name,
                                                 pages::sign_in_proof_field};

// What comes back from the sign-in page has to fit into a query there, where it is encoded once more.
// A request target is at most 8 KiB, and each '%' becomes "%25" there.
constexpr std::size_t longest_query = 3000;
constexpr std::size_t longest_value = 2048;

// The proof is made over the request without it (pages/sign_in_proof.hpp).
http::FormFields without_proof(http::FormFields fields) {
    std::erase_if(fields, [](const auto& field) { return field.first == pages::sign_in_proof_field; });
    return fields;
}

class Reader {
public:
    explicit Reader(const http::FormFields& fields) : fields_(fields) {}
    // One without a value counts as absent (RFC 6749 §3.1).
    std::string_view operator()(std::string_view name) const {
        const auto found =
            std::ranges::find(fields_, name, [](const auto& field) { return std::string_view(field.first); });
        return found != fields_.end() ? std::string_view(found->second) : std::string_view();
    }
    std::vector<std::string_view> all(std::string_view name) const {
        std::vector<std::string_view> values;
        for (const auto& [its_name, value] : fields_)
            if (its_name == name && !value.empty()) values.push_back(value);
        return values;
    }
    bool is_twice(std::string_view name) const {
        return std::ranges::count(fields_, name, [](const auto& field) { return std::string_view(field.first); }) > 1;
    }

private:
    const http::FormFields& fields_;
};

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

// A refusal without a redirect URI: the person is told.
AuthorizationRefusal untrusted(std::string description) { return {"invalid_request", std::move(description)}; }

// What the person has to do, by `prompt` (OpenID Connect Core §3.1.2.1).
std::optional<std::string> read_prompt(std::string_view prompt, AuthorizationRequest& request) {
    const auto words = words_in(prompt);
    for (const std::string_view word : words) {
        if (word == "none")
            request.prompt_none = true;
        else if (word == "login")
            request.prompt_login = true;
        else if (word == "select_account")
            request.prompt_select_account = true;
        else if (word == "consent")
            request.prompt_consent = true;
        else
            return "prompt is none, login, select_account or consent";
    }
    if (request.prompt_none && words.size() > 1) return "prompt=none stands alone";
    return std::nullopt;
}

// RFC 7636 §4.3, and RFC 9700 §2.1.1 for whoever does without.
std::optional<std::string> read_challenge(const Reader& get, AuthorizationRequest& request) {
    const std::string_view challenge = get("code_challenge"), method = get("code_challenge_method");
    if (challenge.empty())
        // §4.3: a method comes with a challenge only, so that was lost or taken out.
        return request.client.needs_pkce || !method.empty()
                   ? std::optional<std::string>("code_challenge is missing (PKCE, RFC 7636)")
                   : std::nullopt;
    // "plain" protects nothing against whoever reads the request (RFC 7636 §7.2).
    if (method != "S256") return "code_challenge_method has to be S256";
    if (!domain::is_code_challenge(challenge)) return "code_challenge is no base64url of a SHA-256";
    request.code_challenge = challenge;
    return std::nullopt;
}

// Where an error goes before the response type is found to be one of ours: into the fragment, if tokens would have
// stood there (RFC 6749 §4.2.2.1; OAuth 2.0 Multiple Response Type Encoding Practices §5). That is where the client
// looks.
ResponseType place_of_errors(std::string_view response_type) {
    const bool asks_for_tokens = store::has_word(response_type, "token") || store::has_word(response_type, "id_token");
    return asks_for_tokens ? ResponseType::id_token : ResponseType::code;
}

std::optional<std::pair<std::string_view, std::string>> read_response_type(const Reader& get, const Settings& settings,
                                                                           AuthorizationRequest& request) {
    const auto wrong = [](std::string_view error, std::string why) { return std::pair(error, std::move(why)); };
    const auto type = response_type_of(get("response_type"));
    if (!settings.implicit && type != ResponseType::code)
        return wrong("unsupported_response_type", "response_type has to be code");
    if (!type) return wrong("unsupported_response_type", "response_type is code, id_token, or id_token token");
    request.response_type = *type;
    const std::string_view mode = answers_in_fragment(*type) ? "fragment" : "query";
    if (const auto wanted = get("response_mode"); !wanted.empty() && wanted != mode)
        return wrong("invalid_request", "response_mode has to be " + std::string(mode));
    if (!store::has_word(request.client.grants, grant_of(*type)))
        return wrong("unauthorized_client", *type == ResponseType::code
                                                ? "this client is not registered for authorization codes"
                                                : "this client is not registered for the implicit grant");
    return std::nullopt;
}

// OpenID Connect Core §5.5: claims that are asked for one by one, in one place, "userinfo" or "id_token". Each asks for
// its scope.
std::string claims_of(const json::Value& place, std::string& scope) {
    std::string names;
    for (const std::string_view claim : claims_of_scopes()) {
        if (!place.find(claim)) continue;
        const std::string_view word = scope_of_claim(claim);
        names.append(names.empty() ? "" : " ").append(claim);
        // A claim that is asked for is worth what its scope is worth: the person is asked for both.
        if (!store::has_word(scope, word)) scope.append(" ").append(word);
    }
    return names;
}

// §5.5.1: the value that a claim is to have, or one of several; empty if any will do.
std::vector<std::string_view> values_of(const json::Value& place, std::string_view claim) {
    std::vector<std::string_view> values;
    const auto wanted = place.find(claim);
    if (!wanted || !wanted->is_object()) return values;
    if (const auto value = wanted->find("value"); value && value->is_string()) values.push_back(*value->string());
    if (const auto list = wanted->find("values"); list && list->type() == json::Type::array)
        for (auto item = list->first(); item; item = item->next())
            if (item->is_string()) values.push_back(*item->string());
    return values;
}

bool is_essential(const json::Value& place, std::string_view claim) {
    const auto wanted = place.find(claim);
    const auto essential = wanted && wanted->is_object() ? wanted->find("essential") : std::nullopt;
    return essential && essential->boolean().value_or(false);
}

// What is wrong with it, if something is. `scope` gets the scopes that its claims belong to.
std::optional<std::pair<std::string_view, std::string>> read_claims(std::string_view claims, std::string& scope,
                                                                    AuthorizationRequest& request) {
    const auto wrong = [](std::string_view error, std::string why) { return std::pair(error, std::move(why)); };
    if (claims.empty()) return std::nullopt;
    json::Document document;
    const auto root = document.parse(claims);
    if (!root || !root->is_object()) return wrong("invalid_request", "claims is no JSON object");
    if (const auto place = root->find("userinfo"); place && place->is_object()) (void)claims_of(*place, scope);
    const auto place = root->find("id_token");
    if (!place || !place->is_object()) return std::nullopt;
    request.id_token_claims = claims_of(*place, scope);
    if (const auto subjects = values_of(*place, "sub"); !subjects.empty()) request.hinted_account = subjects.front();
    // §5.5.1.1: "If the acr Claim is requested as an Essential Claim [...] and the requirement cannot be met, then the
    // Authorization Server MUST treat that outcome as a failed authentication attempt."
    const auto levels = values_of(*place, "acr");
    if (is_essential(*place, "acr") && !levels.empty() && std::ranges::find(levels, domain::one_factor) == levels.end())
        return wrong("unmet_authentication_requirements", "nobody is authenticated by any of these acr here");
    return std::nullopt;
}

// Claims whose scope this client may have.
std::string allowed_claims(std::string_view claims, std::string_view scope) {
    std::string allowed;
    for (const std::string_view claim : claims_of_scopes())
        if (store::has_word(claims, claim) && store::has_word(scope, scope_of_claim(claim)))
            allowed.append(allowed.empty() ? "" : " ").append(claim);
    return allowed;
}

// Everything behind the redirect URI: what is wrong is told to the client.
Outcome read_rest(const Reader& get, AuthorizationRequest request, const AuthorizationSources& sources) {
    const auto refuse = [&](std::string_view error, std::string description) {
        return AuthorizationRefusal{error, std::move(description), request.redirect_uri, request.state,
                                    request.response_type};
    };
    const Settings& settings = sources.settings;
    domain::IdTokens& id_tokens = sources.id_tokens;
    const std::string_view audience = sources.authorizations.audience();
    for (const std::string_view name : known)
        // RFC 8707 §2: "Multiple resource parameters MAY be used".
        if (name != resource_name && get.is_twice(name))
            return refuse("invalid_request", std::string(name) + " is there more than once");
    for (const std::string_view resource : get.all(resource_name))
        if (auto wrong = wrong_resource(resource, audience)) return refuse("invalid_target", *std::move(wrong));
    // OpenID Connect Core §6: request objects are an option, which discovery says is not there.
    if (!get("request").empty()) return refuse("request_not_supported", "request objects are not understood");
    if (!get("request_uri").empty()) return refuse("request_uri_not_supported", "request_uri is not understood");
    if (!get("registration").empty()) return refuse("registration_not_supported", "registration is not understood");
    const std::string_view type = get("response_type");
    if (type.empty()) return refuse("invalid_request", "response_type is missing");
    if (auto wrong = read_response_type(get, settings, request)) return refuse(wrong->first, std::move(wrong->second));
    if (query_of(request.fields).size() > longest_query) return refuse("invalid_request", "the request is too long");
    // A challenge is a code's.
    if (request.response_type == ResponseType::code)
        if (auto wrong = read_challenge(get, request)) return refuse("invalid_request", *std::move(wrong));
    if (auto wrong = read_prompt(get("prompt"), request)) return refuse("invalid_request", *std::move(wrong));
    if (const auto age = get("max_age"); !age.empty()) {
        const auto seconds = whole_number(age);
        if (!seconds) return refuse("invalid_request", "max_age is a whole number of seconds");
        request.max_age = std::chrono::seconds(*seconds);
    }
    if (const auto hint = get("id_token_hint"); !hint.empty()) {
        auto found = id_tokens.read_hint(hint);
        // A hint that another client was given would tell this one something of a person who is not its own.
        if (!found || found->client_id != request.client.id)
            return refuse("invalid_request", "id_token_hint is no ID token that this client was given here");
        request.hinted_account = std::move(found->account_id);
    }
    std::string scope(get("scope"));
    if (auto wrong = read_claims(get("claims"), scope, request)) return refuse(wrong->first, std::move(wrong->second));
    // Scopes that the client is not registered for are left out and not refused (RFC 6749 §3.3); the token response
    // says which ones were granted.
    request.scope = allowed_scope(scope, request.client, request.response_type);
    request.id_token_claims = allowed_claims(request.id_token_claims, request.scope);
    if (store::has_word(request.scope, "openid") && !id_tokens.can_issue())
        return refuse("invalid_scope", "there are no ID tokens here: that needs keys of our own, and an issuer");
    if (request.scope.empty() && !get("scope").empty())
        return refuse("invalid_scope", "this client may have none of these scopes");
    request.nonce = get("nonce");
    if (request.response_type != ResponseType::code) {
        // OpenID Connect Core §3.2.2.1.
        if (request.nonce.empty()) return refuse("invalid_request", "nonce is missing");
        if (!store::has_word(request.scope, "openid"))
            return refuse("invalid_scope", "an ID token needs the scope openid");
    }
    request.login_hint = get("login_hint");
    return request;
}

// Those that mean something to us, by a name that is there once where it decides whom to trust.
std::variant<http::FormFields, AuthorizationRefusal> fields_of(std::string_view query) {
    auto parsed = http::parse_form(query);
    if (!parsed) return untrusted("The address is not well encoded");
    keep_known(*parsed);
    for (const auto& [name, value] : *parsed)
        // The texts go into the database, and PostgreSQL takes neither.
        if (!is_utf8(value) || value.find('\0') != value.npos) return untrusted(name + " is no text in UTF-8");
    const Reader get(*parsed);
    for (const std::string_view name : {"client_id", "redirect_uri", "request_uri"})
        if (get.is_twice(name)) return untrusted(std::string(name) + " is there more than once");
    return *std::move(parsed);
}

}  // namespace

void keep_known(http::FormFields& fields) {
    std::erase_if(fields, [](const auto& field) { return std::ranges::find(known, field.first) == known.end(); });
}

std::string allowed_scope(std::string_view wanted, const domain::RegisteredClient& client, ResponseType type) {
    std::string scope;
    // OpenID Connect Core §11: there is nothing to be done offline without a refresh token, and the scope is ignored
    // unless the answer has a code.
    const bool may_be_offline = type == ResponseType::code && store::has_word(client.grants, "refresh_token");
    for (const std::string_view word : words_in(wanted)) {
        if (!store::has_word(client.scopes, word) || store::has_word(scope, word)) continue;
        if (word == "offline_access" && !may_be_offline) continue;
        scope.append(scope.empty() ? "" : " ").append(word);
    }
    return scope;
}

Outcome read_authorization_request(std::string_view query, const AuthorizationSources& sources) {
    auto found = fields_of(query);
    if (auto* const refusal = std::get_if<AuthorizationRefusal>(&found)) return std::move(*refusal);
    auto fields = std::get<http::FormFields>(std::move(found));
    AuthorizationRequest request;
    const Reader get(fields);
    request.sign_in_proof = get(pages::sign_in_proof_field);
    request.fields = without_proof(fields);
    if (get("client_id").empty()) return untrusted("client_id is missing");
    auto client = sources.clients.find(get("client_id"));
    if (!client) return untrusted("There is no client of this client_id");
    request.client = *std::move(client);
    if (const std::string uri(get("request_uri")); uri.starts_with(domain::pushed_prefix)) {
        // RFC 9126 §4: what came beside it counts for nothing.
        const auto pushed = sources.authorizations.find_pushed(request.client.id, uri);
        if (!pushed) return untrusted("This request_uri is unknown, used, expired or another client's");
        request.fields = {{"client_id", request.client.id}, {"request_uri", uri}};
        // Checked when it was pushed, so it cannot be a refusal.
        fields = std::get<http::FormFields>(fields_of(*pushed));
        request.pushed_uri = uri;
    }
    if (sources.request_objects.are_read() && has_request_object(fields)) {
        auto all = with_request_object(fields, request.client, sources.request_objects);
        if (auto* const refusal = std::get_if<ObjectRefusal>(&all)) {
            const std::string uri(get("redirect_uri"));
            if (!domain::is_registered_redirect_uri(request.client.redirect_uris, uri))
                return untrusted(std::move(refusal->second));
            return AuthorizationRefusal{refusal->first, std::move(refusal->second), uri,
                                        get.is_twice("state") ? std::string() : std::string(get("state")),
                                        place_of_errors(get("response_type"))};
        }
        fields = std::get<http::FormFields>(std::move(all));
        keep_known(fields);
        if (request.pushed_uri.empty()) request.fields = without_proof(fields);
    }
    request.redirect_uri = get("redirect_uri");
    if (request.redirect_uri.empty()) return untrusted("redirect_uri is missing");
    // Before anything else is answered to this URI: an error may be sent to the client's own pages alone (RFC 6749
    // §4.1.2.1).
    if (!domain::is_registered_redirect_uri(request.client.redirect_uris, request.redirect_uri))
        return untrusted("This redirect_uri is not registered for the client, letter by letter");
    if (!get.is_twice("response_type")) request.response_type = place_of_errors(get("response_type"));
    if (!get.is_twice("state")) request.state = get("state");
    if (request.state.size() > longest_value) {
        request.state.clear();
        return AuthorizationRefusal{
            "invalid_request", "state is longer than 2 KiB", request.redirect_uri, {}, request.response_type};
    }
    return read_rest(get, std::move(request), sources);
}

std::string query_of(const http::FormFields& fields) {
    std::string query;
    for (const auto& [name, value] : fields) {
        if (!query.empty()) query += '&';
        query.append(percent_encoded(name, unreserved_marks)).append("=");
        query.append(percent_encoded(value, unreserved_marks));
    }
    return query;
}

std::string answer_location(std::string_view redirect_uri, std::string_view state, std::string_view issuer,
                            ResponseType type, std::initializer_list<AnswerField> fields) {
    http::FormFields all;
    for (const auto& [name, value] : fields)
        if (!value.empty()) all.emplace_back(name, value);
    if (!state.empty()) all.emplace_back("state", state);
    // RFC 9207 §2: the client sees that the answer is from the server that it asked.
    if (!issuer.empty()) all.emplace_back("iss", issuer);
    // RFC 6749 §3.1.2: a query that was registered is kept.
    const char in_query = redirect_uri.find('?') != redirect_uri.npos ? '&' : '?';
    const char separator = answers_in_fragment(type) ? '#' : in_query;
    return std::string(redirect_uri).append(1, separator).append(query_of(all));
}

}  // namespace keyhold::oauth
