// SPDX-License-Identifier: Apache-2.0
// What has to be done now and then beside the requests, on a thread of its own: once a minute unless said otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/keys/id_tokens.hpp"
#include "server/components.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {

// One thread for all jobs of an object, one after the other: a job that takes long makes the others late.
class Jobs {
public:
    enum class First : std::uint8_t {
        after_the_interval,
        at_once,
        soon
    };  // soon: a moment after the start, and never again
    // What `run` returns, if it is a bool, says that it did a part and there is more: it is called again at once,
    // unless the server is stopping. So a stop waits for a part, however much there is to do.
    struct Job {
        template <class Run>
        Job(std::string_view job_name, Run run, First when = First::after_the_interval) : name(job_name), first(when) {
            if constexpr (std::is_same_v<std::invoke_result_t<Run&>, bool>)
                run_part = std::move(run);
            else
                run_part = [run = std::move(run)]() mutable { return run(), false; };
        }
        std::string_view name;
        std::function<bool()> run_part;
        First first;
    };
    // `failed` is told which job threw what; it is tried again the next time. Stops when this object goes.
    using Failed = std::function<void(std::string_view name, std::string_view what)>;
    // The thread begins at once. `interval` is from the end of a round to the begin of the next.
    Jobs(std::vector<Job> jobs, Failed failed, std::chrono::milliseconds interval = std::chrono::minutes(1));

    // Of its thread, as `top -H` shows it: what a server does while nobody asks.
    static constexpr const char* thread_name = "keyhold-jobs";

private:
    std::jthread thread_;
};

// What a server does once a minute beside answering. `own` may be null. Both must outlive the Jobs that are given
// these. `token_lifetime` is that of access tokens. `warn` is told of what an operator should mend, once.
std::vector<Jobs::Job> jobs_of_each_minute(Components& components, OwnKeys* own, std::chrono::seconds token_lifetime,
                                           Components::Warn warn);

// The keys of ID tokens that may be needed, soon after the start (domain/keys/id_tokens.hpp). All must outlive the
// Jobs.
Jobs::Job keys_of_id_tokens(domain::RegisteredClients& clients, domain::IdTokens& id_tokens, bool strangers_register);

}  // namespace keyhold::server
