// SPDX-License-Identifier: Apache-2.0
// What has to be done now and then beside the requests, on a thread of its own: once a minute unless said otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "server/components.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {

class Jobs {
public:
    enum class First : std::uint8_t {
        after_the_interval,
        at_once,
        soon
    };  // soon: a moment after the start, and never again
    struct Job {
        std::string_view name;
        std::function<void()> run;
        First first = First::after_the_interval;
    };
    // `failed` is told which job threw what; it is tried again the next time. Stops when this object goes.
    using Failed = std::function<void(std::string_view name, std::string_view what)>;
    Jobs(std::vector<Job> jobs, Failed failed, std::chrono::milliseconds interval = std::chrono::minutes(1));

private:
    std::jthread thread_;
};

// What a server does once a minute beside answering. `own` may be null. Both must outlive the Jobs that are given
// these. `token_lifetime` is that of access tokens. `warn` is told of what an operator should mend, once.
std::vector<Jobs::Job> jobs_of_each_minute(Components& components, OwnKeys* own, std::chrono::seconds token_lifetime,
                                           Components::Warn warn);

}  // namespace keyhold::server
