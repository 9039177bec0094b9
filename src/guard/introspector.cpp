// SPDX-License-Identifier: Apache-2.0
#include "guard/introspector.hpp"

#include "guard/issuer.hpp"
#include "jose/errors.hpp"

namespace keyhold::guard {

// RFC 6749 §2.3.1: both are form-encoded before they go into the Basic scheme.
Introspector::Introspector(net::HttpsClient& client, Endpoint endpoint, std::string_view client_id,
                           std::string_view secret)
    : client_(client),
      endpoint_(std::move(endpoint)),
      client_id_(net::form_encoded(client_id)),
      secret_(net::form_encoded(secret)),
      quiet_until_(Steady::time_point::min().time_since_epoch().count()) {}

// After a failure it is quiet for a second, so that an issuer that is down does not get every request of ours. Any
// thread.
Result<LiveToken> Introspector::ask(std::string_view token) {
    if (Steady::now().time_since_epoch().count() < quiet_until_) return errors::store_unavailable;
    std::string trouble;
    try {
        auto answer = ask_now(token);
        const std::lock_guard lock(mutex_);
        trouble_.clear();
        return answer;
    } catch (const net::Unreachable& problem) {
        trouble = problem.what();
    } catch (const BadAnswer& problem) {
        trouble = problem.what();
    }
    quiet_until_ = (Steady::now() + std::chrono::seconds(1)).time_since_epoch().count();
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
    return errors::store_unavailable;
}

// Throws for an answer that is none; refused: token_not_live.
Result<LiveToken> Introspector::ask_now(std::string_view token) {
    const auto endpoint = endpoint_();
    if (!endpoint) throw BadAnswer("the issuer's introspection endpoint is not known");
    // RFC 7662 §2.1.
    const std::string form = "token=" + net::form_encoded(token) + "&token_type_hint=access_token";
    const net::HttpsAnswer answer = client_.post_form(*endpoint, form, client_id_, secret_);
    // RFC 7662 §2.3: 401 means that it is us who are not known.
    if (answer.status != 200) throw BadAnswer(endpoint->text + ": status " + std::to_string(answer.status));
    json::Document document;
    const auto root = document.parse(answer.body);
    const auto active = root ? root->find("active") : std::nullopt;
    if (!active || !active->boolean()) throw BadAnswer(endpoint->text + ": no answer as RFC 7662 has them");
    if (!*active->boolean()) return errors::token_not_live;
    return LiveToken{std::move(document), *root};
}

std::string Introspector::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

}  // namespace keyhold::guard
