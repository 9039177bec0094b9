// SPDX-License-Identifier: Apache-2.0
#include "api/field_words.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "http/routes/schema_names.hpp"

namespace keyhold::api {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

// By name.
constexpr std::array fields{
    Words{"access_token", "Goes into `Authorization: Bearer`; a signed JWT"},
    Words{"active", "Whether the token is good now (RFC 7662)"},
    Words{"address", "Where the log-in came from"},
    Words{"after", "`last` of the answer before; absent: from the oldest on"},
    Words{"backchannel_logout_uri", "Where the client is told of a log-out (OpenID Connect Back-Channel Logout)"},
    Words{"birthdate", "YYYY-MM-DD, or YYYY"},
    Words{"claims", "Which claims are asked for, as JSON (OpenID Connect Core 5.5)"},
    Words{"client_assertion", "A JWT by which the client proves itself (RFC 7523)"},
    Words{"client_assertion_type", "Always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`"},
    Words{"client_id", "The name under which the client is registered"},
    Words{"client_name", "What the client is called where people are asked about it"},
    Words{"client_secret", "Its secret, if it has one and does not send it as HTTP Basic"},
    Words{"code", "What was handed out for this very step; it works once"},
    Words{"code_challenge", "The digest of the code verifier (RFC 7636)"},
    Words{"code_challenge_method", "Always `S256`"},
    Words{"code_verifier", "What the code challenge was made of (RFC 7636)"},
    Words{"created_at", "RFC 3339"},
    Words{"current", "Whether it is the one that asks"},
    Words{"current_password", "The password until now"},
    Words{"device", "What the client says it is"},
    Words{"device_code", "What the device asks with until somebody has allowed it (RFC 8628)"},
    Words{"device_token", "Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out"},
    Words{"email", "The e-mail address"},
    Words{"email_verified", "Whether it was shown that mail reaches its owner there"},
    Words{"ended", "How many sessions ended"},
    Words{"erase_at", "When the account is erased if nobody logs in before; RFC 3339"},
    Words{"error", "The code of RFC 6749"},
    Words{"error_description", "A sentence about this very case, for developers"},
    Words{"expires_at", "RFC 3339"},
    Words{"expires_in", "Seconds that it is good"},
    Words{"family_name", "Surname"},
    Words{"gender", "As somebody says it of themselves"},
    Words{"given_name", "First name"},
    Words{"grant_type", "What is shown for the token (RFC 6749)"},
    Words{"grant_types", "What the client may show for tokens"},
    Words{"id", "Stays the same for good"},
    Words{"id_token", "Who has signed in, as a signed JWT (OpenID Connect Core 2)"},
    Words{"id_token_hint", "An ID token of the person, which may have expired"},
    Words{"id_token_signed_response_alg", "How its ID tokens are signed"},
    Words{"interval", "Seconds between two questions of the device"},
    Words{"invitation", "A code that begins with khi_, where registration is by invitation"},
    Words{"issuer", "Who issues the tokens: a URL, compared as it stands"},
    Words{"jwks_uri", "Where the client's public keys are"},
    Words{"last_used_at", "The log-in or the last refresh; RFC 3339"},
    Words{"limit", "How many a page has at most"},
    Words{"locale", "A language, as in de-AT (BCP 47)"},
    Words{"login_hint", "The name to begin the sign-in page with"},
    Words{"max_age", "Seconds since the password was last shown, at most"},
    Words{"message", "For the person who asked"},
    Words{"middle_name", "Names between the first and the last"},
    Words{"mode", "`bearer`: tokens in the answer; `cookie`: in cookies that no script can read"},
    Words{"msg", "What was done, for people"},
    Words{"name", "The whole name, as it is shown"},
    Words{"new_password", "The password from now on"},
    Words{"next", "The cursor of the next page; absent on the last"},
    Words{"nickname", "What friends say"},
    Words{"nonce", "Comes back in the ID token"},
    Words{"password", "At least as long and as hard to guess as the server asks for"},
    Words{"picture", "Where a picture of the person is"},
    Words{"policy_uri", "What the client does with data of people"},
    Words{"post_logout_redirect_uri", "Where to go after the log-out; one that is registered"},
    Words{"post_logout_redirect_uris", "Where the client may lead people after a log-out"},
    Words{"preferred_username", "What the account is called"},
    Words{"profile", "A page about the person"},
    Words{"prompt", "`none`, `login` or `consent`"},
    Words{"redirect_uri", "Where the answer goes; exactly one that is registered"},
    Words{"redirect_uris", "Where answers to the client may go, each written out"},
    Words{"refresh_expires_in", "Seconds that the session lives if it is not refreshed"},
    Words{"refresh_token", "Gets the next tokens, once"},
    Words{"request", "All of this as a JWT (RFC 9101), where `oauth_request_objects` says so"},
    Words{"request_object_signing_alg", "By which its request objects are signed; `none`: they are not"},
    Words{"request_uri", "What `/oauth/par` answered (RFC 9126), or where the request object is"},
    Words{"request_uris", "Where its request objects are: https URLs"},
    Words{"response_type", "`code`; or `id_token`, `id_token token` where `oauth_implicit` says so"},
    Words{"response_types", "What the client asks for: `code`, or what `response_type` may be"},
    Words{"roles", "The roles of the account"},
    Words{"scope", "What the token may be used for: words with spaces between them (RFC 6749)"},
    Words{"scopes", "What the account's roles grant"},
    Words{"sessions", "Those that are live, newest first"},
    Words{"state", "Comes back as it was sent"},
    Words{"sub", "The account's id"},
    Words{"subject_type", "Always `public`"},
    Words{"token", "The token that is meant"},
    Words{"token_endpoint_auth_method", "How the client proves itself"},
    Words{"token_type", "`bearer`, or `cookie` where the tokens are in cookies"},
    Words{"token_type_hint", "`access_token` or `refresh_token`; only a hint"},
    Words{"tos_uri", "The client's terms of service"},
    Words{"updated_at", "Seconds since 1970"},
    Words{"user_code", "What somebody types to allow the device"},
    Words{"userinfo_signed_response_alg", "How its answers about people are signed, if they are"},
    Words{"username", "The name of the account, or its address"},
    Words{"verification_uri", "Where it is typed"},
    Words{"verification_uri_complete", "The same with the code in it"},
    Words{"wait", "Seconds to wait for something new, at most"},
    Words{"website", "A page of the person's own"},
    Words{"zoneinfo", "A time zone, as in Europe/Vienna"},
};

// Of our routes; a program's own may have one of these names, and then says what its parameters are.
constexpr std::array<std::string_view, 9> tags{"accounts", "sessions", "recovery",  "oauth",       "clients",
                                               "keys",     "admin",    "protected", "forward-auth"};

// Pieces of paths.
constexpr std::array pieces{
    Words{"client_id", "The client, by its id"},
    Words{"id", "Which one"},
    Words{"session", "Which session of it"},
    Words{"kid", "The key's name in tokens and in the JWK Set"},
    Words{"role", "The role's name"},
    Words{"scope", "The scope, percent-encoded"},
    Words{"backup", "The name of its file"},
};

// By method and path.
constexpr std::array routes{
    Words{"POST /register",
          "Where `registration` lets whoever asks. It answers the same whether an address is taken, where mails are "
          "sent."},
    Words{"POST /login", "A session begins. An unknown name, a wrong password and a disabled account look alike."},
    Words{"GET /me", "The account of the token, as it is now."},
    Words{"GET /me/profile", "The claims of OpenID Connect Core 5.1 that somebody has said of themselves."},
    Words{"PUT /me/profile", "All of it anew: what is absent is known no more."},
    Words{"POST /password", "For whoever knows the current one. All other sessions end."},
    Words{"POST /email/verify/send", "To the account's own address; the newest mail alone is good."},
    Words{"POST /email/change/confirm",
          "With what the mail to the new address holds. It changes once both sides have agreed."},
    Words{"POST /email/change/agree", "With the link of the mail to the old address."},
    Words{"POST /email/change/undo", "With the link that the old address was sent; all sessions end."},
    Words{"GET /oauth/userinfo", "The claims that the scopes of the token give (OpenID Connect Core 5.3)."},
    Words{"POST /oauth/userinfo", "The same as by GET; the token may stand in a form."},
    Words{"GET /.well-known/openid-configuration",
          "What this server can do, for clients (OpenID Connect Discovery 1.0)."},
    Words{"GET /.well-known/oauth-authorization-server", "The same by RFC 8414."},
    Words{"GET /oauth/authorize",
          "Where a client sends a browser. It comes back to redirect_uri with a code, or with an error."},
    Words{"POST /oauth/authorize", "The same as by GET, for long requests."},
    Words{"GET /oauth/end-session", "Where a client sends a browser to sign out (OpenID Connect RP-Initiated Logout)."},
    Words{"POST /oauth/end-session", "The same as by GET."},
    Words{"GET /protected", "What the tutorial protects: a greeting for whoever shows a good token."},
};

// Tables of a hundred rows, searched once for each field when the document is made, at the start.
template <class Table>
std::string_view find_in(const Table& table, std::string_view name) {
    const auto* const found = std::ranges::find(table, name, &Words::first);
    return found != table.end() ? found->second : std::string_view();
}

// What its schema says, or else its name.
std::string words_of_parameter(const http::OperationParameter& parameter) {
    json::Document document;
    const auto schema = document.parse(parameter.schema);
    if (const auto said = schema ? schema->find("description") : std::nullopt) return std::string(*said->string());
    return std::string(parameter.in == "path" ? find_in(pieces, parameter.name) : words_of_field(parameter.name));
}

std::string text_of(const json::Value& value) {
    std::string text;
    json::append_value(text, value);
    return text;
}

// A property that describes itself stays as it is.
void write_property(json::Writer& out, const json::Value& property) {
    const std::string_view words = words_of_field(property.name());
    if (!property.is_object() || words.empty() || property.find("description")) return out.raw(text_of(property));
    out.begin_object();
    for (auto member = property.first(); member; member = member->next()) {
        out.name(member->name());
        out.raw(text_of(*member));
    }
    out.member("description", words);
    out.end_object();
}

std::string described_schema(const std::string& schema) {
    json::Document document;
    const auto root = document.parse(schema);
    if (!root || !root->is_object() || !root->find("properties")) return schema;
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for (auto member = root->first(); member; member = member->next()) {
        out.name(member->name());
        if (member->name() != "properties") {
            out.raw(text_of(*member));
            continue;
        }
        out.begin_object();
        for (auto property = member->first(); property; property = property->next()) {
            out.name(property->name());
            write_property(out, *property);
        }
        out.end_object();
    }
    out.end_object();
    return text;
}

}  // namespace

std::string_view words_of_field(std::string_view name) { return find_in(fields, name); }

std::vector<http::Operation> described(std::span<const http::Operation* const> operations) {
    std::vector<http::Operation> all;
    for (const http::Operation* operation : operations) {
        http::Operation& one = all.emplace_back(*operation);
        for (auto& [key, schema] : one.schemas)
            // A program's own structs may have a member of one of our names that means something else.
            if (http::is_schema_of_ours(key)) schema = described_schema(schema);
        if (std::ranges::find(tags, one.tag) == tags.end()) continue;
        if (one.description.empty())
            one.description = find_in(routes, std::string(http::name_of(one.method)) + " " + one.path);
        for (http::OperationParameter& parameter : one.parameters)
            if (parameter.description.empty()) parameter.description = words_of_parameter(parameter);
    }
    return all;
}

}  // namespace keyhold::api
