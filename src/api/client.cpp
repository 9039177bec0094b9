#include "api/client.hpp"

#include <algorithm>

#include "base/base64url.hpp"

namespace keyhold::http {
namespace {

struct ClientCredentials {
    std::string id;
    Secret secret;
};

struct ClientBody {
    std::optional<std::string> client_id;
    std::optional<Secret> client_secret;
};
KEYHOLD_FIELDS(ClientBody, (client_id), (client_secret))

// RFC 4648 §4, by way of §5: the same but for two letters and the padding.
std::optional<std::string> decode_base64(std::string text) {
    while (text.ends_with('=')) text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return base64url::decode(text);
}

// RFC 7617 §2; RFC 6749 §2.3.1 has both halves form-encoded first.
std::optional<ClientCredentials> by_basic(std::string_view field) {
    constexpr std::string_view scheme = "Basic ";
    if (field.size() < scheme.size() || !equal_ignoring_case(field.substr(0, scheme.size()), scheme)) return {};
    auto decoded = decode_base64(std::string(field.substr(scheme.size())));
    if (!decoded) return {};
    const Secret text(*std::move(decoded));
    const std::size_t colon = text.reveal().find(':');
    if (colon == std::string_view::npos) return {};
    auto id = decode_form_text(text.reveal().substr(0, colon));
    auto secret = decode_form_text(text.reveal().substr(colon + 1));
    if (!id || !secret) return {};
    return ClientCredentials{*std::move(id), Secret(*std::move(secret))};
}

std::optional<ClientCredentials> by_body(const Request& request) {
    const auto body = IncomingBody::read(request, Notation::json_or_form);
    if (!body) return {};
    auto read = read_struct<ClientBody>(body->root(), "body");
    if (!read || !read->client_id || !read->client_secret) return {};
    return ClientCredentials{*std::move(read->client_id), *std::move(read->client_secret)};
}

}  // namespace

Result<api::AuthenticatedClient> Extract<api::AuthenticatedClient>::from(const Request& request,
                                                                         domain::ClientAuthentication& clients) {
    const auto in_body = by_body(request);
    const auto field = request.find("Authorization");
    if (field && (in_body || request.count("Authorization") > 1)) return Errc::invalid_client;
    const auto given = field ? by_basic(*field) : std::optional<ClientCredentials>();
    const auto& credentials = field ? given : in_body;
    if (!credentials) return Errc::invalid_client;
    if (auto proved = clients.authenticate(credentials->id, credentials->secret, request.remote_address); !proved)
        return std::move(proved).error();
    return api::AuthenticatedClient();
}

void Extract<api::AuthenticatedClient>::describe(Operation& operation) {
    operation.description = "For first-party clients (setting `clients`), by HTTP Basic.";
    operation.refusals.push_back(Errc::invalid_client);
    operation.refusals.push_back(Errc::too_many_attempts);
}

}  // namespace keyhold::http
