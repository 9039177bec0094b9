// Registering and logging in.
#include "api/routes.hpp"

namespace keyhold::api {
namespace {

// What /register and /login take, as JSON or as the OAuth2 password form (RFC 6749 §4.3.2). The form's scope,
// client_id and client_secret are ignored, as the tutorial's service ignores them.
struct Credentials {
    static constexpr std::string_view schema_name = "Credentials";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"username": "testuser", "password": "testpass"})";
    std::string username;
    Secret password;
    std::optional<std::string> grant_type;
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (username, password, grant_type))

struct Registered {
    static constexpr std::string_view schema_name = "Registered";
    std::string msg;
    std::string id;
    std::string username;
};
BOOST_DESCRIBE_STRUCT(Registered, (), (msg, id, username))

// POST /register: a new account.
Result<Registered> register_account(const Credentials& credentials, domain::Accounts& accounts) {
    auto account = accounts.create(credentials.username, credentials.password);
    if (!account) return std::move(account).error();
    return Registered{"User created successfully", account->id, account->username};
}

struct AccessToken {
    static constexpr std::string_view schema_name = "AccessToken";
    std::string access_token;
    std::string token_type;
    std::int64_t expires_in;  // seconds (RFC 6749 §5.1)
};
BOOST_DESCRIBE_STRUCT(AccessToken, (), (access_token, token_type, expires_in))

// POST /login: an access token for a name and a password.
Result<AccessToken> log_in(const Credentials& credentials, domain::Accounts& accounts, domain::Tokens& tokens) {
    if (credentials.grant_type.value_or("password") != "password") return Errc::unsupported_grant_type;
    auto account = accounts.authenticate(credentials.username, credentials.password);
    if (!account) return std::move(account).error();
    auto issued = tokens.issue(*account);
    return AccessToken{std::move(issued.access_token), "bearer", issued.expires_in.count()};
}

}  // namespace

void add_account_routes(http::Mount<Services>& mount) {
    using enum http::Method;
    mount.add(
        post, "/register",
        {.summary = "Register a user", .tag = "accounts", .on = http::On::hashing, .refusals = {Errc::username_taken}},
        register_account);
    mount.add(post, "/login",
              {.summary = "Log in: get a token",
               .tag = "accounts",
               .on = http::On::hashing,
               .no_store = true,
               .refusals = {Errc::invalid_credentials, Errc::unsupported_grant_type}},
              log_in);
}

}  // namespace keyhold::api
