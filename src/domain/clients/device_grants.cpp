// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/device_grants.hpp"

#include <array>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "domain/clients/client_errors.hpp"

namespace keyhold::domain {
namespace {

// RFC 8628 §6.1: without vowels, so that no words come of it, and without what looks alike. 20^8 codes, of which a few
// are good for ten minutes; whoever guesses is slowed down (throttle.hpp).
constexpr std::string_view letters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t user_code_size = 8, longest_code = 128;

std::string random_letters(Random& random) {
    std::string code;
    while (code.size() < user_code_size) {
        std::array<unsigned char, 32> bytes{};
        random.fill(bytes);
        for (const unsigned char byte : bytes) {
            // 240 is 12 times 20: every letter is as likely as any other.
            if (byte < 240 && code.size() < user_code_size) code += letters[byte % letters.size()];
        }
    }
    return code;
}

// As people type it; empty if it is none.
std::string read_user_code(std::string_view typed) {
    std::string code;
    if (typed.size() > longest_code) return code;
    for (const char c : typed) {
        if (c == '-' || c == ' ' || c == '\t') continue;
        const char upper = ascii_upper(c);
        if (letters.find(upper) == letters.npos) return {};
        code += upper;
    }
    return code.size() == user_code_size ? code : std::string();
}

// Whether the session has ended in which a device was allowed. Whoever ends it in this very moment is seen by
// SessionStore::create().
bool is_over(const std::string& session_id, Sessions& sessions) {
    if (session_id.empty()) return false;
    const auto found = sessions.find(session_id);
    return !found || found->session.ended;
}

std::string digest_of_code(std::string_view code) { return digest_of_secret(Secret(code)); }

}  // namespace

Result<DeviceGrants::Started> DeviceGrants::start(const RegisteredClient& client, std::string_view scope,
                                                  std::string_view address) {
    const Time now = clock_.now();
    if (!is_of_operator(client))
        if (auto spent = strangers_.spend(address, now, errors::too_many_requests, "requests"); !spent)
            return std::move(spent).error();
    std::string bytes(32, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    const std::string device_code = base64url::encode(bytes);
    // Until a user code is drawn that no waiting device has.
    for (;;) {
        std::string code = random_letters(random_);
        const bool added = store_.add_device({.digest = digest_of_code(device_code),
                                              .user_code_digest = digest_of_code(code),
                                              .client_id = client.id,
                                              .scope = std::string(scope),
                                              .state = store::DeviceState::waiting,
                                              .account_id = {},
                                              .authenticated_at = {},
                                              .expires_at = now + device_code_lifetime,
                                              .interval = device_interval.count(),
                                              .asked_at = {},
                                              .used_at = {},
                                              .session_id = {},
                                              .parent_id = {}});
        if (added) return Started{Secret(device_code), code.insert(user_code_size / 2, "-")};
    }
}

std::optional<store::DeviceCode> DeviceGrants::find(std::string_view user_code) const {
    const std::string code = read_user_code(user_code);
    return code.empty() ? std::nullopt : store_.find_waiting_device(digest_of_code(code), clock_.now());
}

bool DeviceGrants::decide(std::string_view user_code, store::DeviceState said, const Person& person) {
    const std::string code = read_user_code(user_code);
    const std::string digest = digest_of_code(code);
    return !code.empty() && store_.decide_device({digest, said, person.account_id, person.authenticated_at,
                                                  clock_.now(), person.session_id});
}

// §3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests".
Error DeviceGrants::refuse_waiting(const store::DeviceCode& code) {
    const Time now = clock_.now();
    const bool is_early = now < code.asked_at + std::chrono::seconds(code.interval);
    const std::int64_t interval = is_early ? code.interval + 5 : code.interval;
    // The row is replaced only as it was read: of two questions at once, one is early.
    const bool was_first = store_.note_question(code, now, interval);
    if (is_early || !was_first) return errors::slow_down;
    return errors::authorization_pending;
}

Error DeviceGrants::refuse_used(const store::DeviceCode& code) {
    if (!code.session_id.empty()) (void)sessions_.end(code.session_id, code_reused);  // it may have ended already
    return errors::code_invalid;
}

Result<LoggedIn> DeviceGrants::redeem(std::string_view device_code, const RegisteredClient& client,
                                      const Client& from) {
    if (device_code.size() > longest_code) return errors::code_invalid;
    const std::string digest = digest_of_code(device_code);
    const auto code = store_.find_device(digest);
    if (!code || code->client_id != client.id) return errors::code_invalid;
    // Before the times: a code that was redeemed twice is a theft, also when it has expired.
    if (code->used_at) return refuse_used(*code);
    if (code->expires_at <= clock_.now()) return errors::device_code_expired;
    if (code->state == store::DeviceState::denied) return errors::access_denied;
    if (code->state == store::DeviceState::waiting) return refuse_waiting(*code);
    // If the person allowed the device and logged out before the device came, the permission is withdrawn.
    if (is_over(code->parent_id, sessions_)) return errors::access_denied;
    auto given = authorizations_.begin_session(
        {.client = client,
         .from = from,
         .account_id = code->account_id,
         // The device's session does not end with the browser's: the browser was used to allow it and is closed then.
         .parent_id = {},
         .scope = code->scope,
         .authenticated_at = code->authenticated_at,
         .nonce = {},
         .id_token_claims = {},
         .code = {code->digest, code->client_id, clock_.now(), store::CodeKind::device, code->parent_id}});
    if (given || given.error().errc() != errors::code_invalid) return given;
    // Somebody may have used it in this very moment.
    if (const auto now = store_.find_device(digest); now && now->used_at) return refuse_used(*now);
    return given;
}

}  // namespace keyhold::domain
