// SPDX-License-Identifier: Apache-2.0
// Authorization requests that clients write into a JWT, by value or where they publish it (OpenID Connect Core §6,
// RFC 9101).
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "domain/clients/client_keys.hpp"

namespace keyhold::domain {

// "none", for those without a signature, and what clients may sign by.
std::vector<std::string_view> request_object_algorithms();

// Any thread. Not an I/O thread: keys and objects may be fetched.
class RequestObjects {
public:
    // `fetch` asks an address of the client's and may take seconds; empty: there is no answer. Both references must
    // outlive it.
    using Fetch = std::function<std::optional<std::string>(const RegisteredClient&, const std::string& url)>;
    RequestObjects(bool are_read, ClientKeys& keys, const Clock& clock, std::string issuer, Fetch fetch)
        : are_read_(are_read), keys_(keys), clock_(clock), issuer_(std::move(issuer)), fetch_(std::move(fetch)) {}

    bool are_read() const { return are_read_; }

    // Its claims, the text of a JSON object. Refused (validation_failed, with the reason): what is no JWT; a signature
    // that is not the client's, or is missing where the client registered an algorithm; another issuer or audience;
    // expired. One without a signature says what the person's browser might have said by itself.
    Result<std::string> read(const RegisteredClient& client, std::string_view text) const;

    // What the client publishes there. Empty: the address is none that it registered (a fragment is not looked at), or
    // it does not answer, or too many are waited for at the moment.
    std::optional<std::string> fetch(const RegisteredClient& client, std::string_view uri);

private:
    bool is_signed(const jose::Compact& parts, const RegisteredClient& client) const;

    const bool are_read_;
    ClientKeys& keys_;
    const Clock& clock_;
    const std::string issuer_;
    const Fetch fetch_;
    // Fetches under way, as each occupies a thread for seconds where nobody answers: clients that registered
    // themselves, and all others.
    std::atomic<int> of_strangers_{0}, of_operators_{0};
};

}  // namespace keyhold::domain
