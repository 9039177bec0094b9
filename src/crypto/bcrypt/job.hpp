// SPDX-License-Identifier: Apache-2.0
// One hash that somebody waits for.
#pragma once

#include <string.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

// Owns a copy of the password, at most 72 bytes of it, which is wiped when the job goes, done or not.
class Job {
public:
    // Empty: given up, because `gone` was asked to stop or the engine ended. Called once, on a compute thread.
    using Completion = std::function<void(std::optional<Digest>)>;

    Job(const Request& request, std::stop_token gone, Completion completion)
        : request_(request), gone_(std::move(gone)), completion_(std::move(completion)) {
        const std::string_view key = key_of(request.password);
        key.copy(password_, key.size());
        request_.password = {password_, key.size()};
    }
    ~Job() { explicit_bzero(password_, sizeof password_); }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    const Request& request() const { return request_; }
    bool is_abandoned() const { return gone_.stop_requested(); }
    void complete(std::optional<Digest> digest) { completion_(digest); }

    // Whether a thread has left it to another one already.
    bool passed_over = false;  // the schedule's

private:
    Request request_;
    std::stop_token gone_;
    Completion completion_;
    char password_[max_password_size]{};
};

}  // namespace keyhold::crypto::bcrypt
