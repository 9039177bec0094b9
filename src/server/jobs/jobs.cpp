// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/jobs.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "base/thread_name.hpp"
#include "server/process/memory.hpp"

namespace keyhold::server {
namespace {

// How long what has ended can still be explained (`keyhold token inspect`), and how many changes another process may be
// behind before it forgets everything.
constexpr std::chrono::hours keep_ended{24};
constexpr std::int64_t kept_changes = 10'000;

// How far the clocks of two nodes, and of a guard, may be apart.
constexpr std::chrono::minutes clocks_differ{2};

// By then whoever waited for the server to be there has his first answer.
constexpr std::chrono::milliseconds a_moment{200};

// An exception of a job is reported and does not end the thread; nor does one that is thrown by the report.
void run_one(const Jobs::Job& job, const Jobs::Failed& failed, const std::stop_token& stop) noexcept try {
    try {
        while (job.run_part() && !stop.stop_requested()) {
        }
    } catch (const std::exception& error) {
        failed(job.name, error.what());
    } catch (...) {
        failed(job.name, "something was thrown that is no std::exception");
    }
} catch (...) {  // there is nobody left to tell
}

}  // namespace

Jobs::Jobs(std::vector<Job> jobs, Failed failed, std::chrono::milliseconds interval)
    : thread_([jobs = std::move(jobs), failed = std::move(failed), interval](const std::stop_token& stop) {
          name_thread(thread_name);
          std::mutex mutex;
          std::condition_variable_any wake;
          // A mutex and a condition of the thread's own: they are only there to be woken by the stop token.
          std::unique_lock lock(mutex);
          for (const Job& job : jobs)
              if (job.first == First::at_once) run_one(job, failed, stop);
          if (wake.wait_for(lock, stop, a_moment, [&] { return stop.stop_requested(); })) return;
          for (const Job& job : jobs)
              if (job.first == First::soon) run_one(job, failed, stop);
          while (!wake.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
              for (const Job& job : jobs)
                  // `at_once` jobs run in each round as well, `soon` ones never again.
                  if (job.first != First::soon) run_one(job, failed, stop);
          }
      }) {}

std::vector<Jobs::Job> jobs_of_each_minute(Components& components, OwnKeys* own, std::chrono::seconds token_lifetime,
                                           Components::Warn warn) {
    constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
    constexpr int pages = 20;              // of stored hashes: 20,000 accounts, about 40 ms
    return {
        {"old sessions",
         [&components, token_lifetime] {
             const bool some_last_too_long = components.sessions.look_after();
             // A status list says that a session is over for as long as its row is there (status_lists.hpp).
             const Time before = components.clock.now() - std::max<std::chrono::seconds>(keep_ended, token_lifetime);
             return components.stores.sessions->purge(before, at_once) == at_once || some_last_too_long;
         }},
        {"old invitations",
         [&components] {
             return components.stores.secrets->purge(components.clock.now() - keep_ended, at_once) == at_once;
         }},
        {"old authorization codes",
         [&components] {
             // A used code is kept until no node's clock can still take it for valid; by then a device that polls has
             // heard that its code expired.
             const Time now = components.clock.now();
             return components.stores.authorizations->purge(now - clocks_differ, now - keep_ended, at_once) == at_once;
         }},
        {"closed accounts", [&components] { return components.closing.erase_some(); }, Jobs::First::at_once},
        // What a guard that begins has to hear (domain/sessions/revocations.hpp): all that tokens may still be good
        // for.
        {"old changes",
         [&components, token_lifetime] {
             const Time since = components.clock.now() - token_lifetime - clocks_differ;
             return components.stores.changes->forget_some_but(kept_changes, since);
         }},
        {"clock",
         [&clock = components.stores.database->clock(), warn = std::move(warn),
          said = !doubt_of(components.stores.database->clock()).empty()]() mutable {
             const std::string doubt = doubt_of(clock);
             if (!doubt.empty() && !said) warn(doubt);
             said = !doubt.empty();
         }},
        {"dictionary", let_go_of_dictionary},
        {"failed log-ins", [&components] { return components.throttle.look_after(); }},
        {"stored hashes", [&components] { components.stored_hashes.look(pages); }, Jobs::First::at_once},
        // Its threads begin with a self-test of 20 ms of computing; a log-in that comes before starts them itself.
        {"hashing engine", [&components] { components.engine.start(); }, Jobs::First::soon},
        {"signing keys",
         [own] {
             if (own == nullptr) return;
             own->ring.look_after();
             for (const auto& one : own->of_id_tokens) one->ring.look_after();
         }},
    };
}

Jobs::Job keys_of_id_tokens(domain::RegisteredClients& clients, domain::IdTokens& id_tokens, bool strangers_register) {
    const auto prepare = [&clients, &id_tokens, strangers_register] {
        constexpr int page_size = 1000;
        if (strangers_register) id_tokens.prepare_for_strangers();
        std::string after;
        for (auto page = clients.list(after, page_size); !page.empty(); page = clients.list(after, page_size)) {
            for (const auto& client : page) id_tokens.prepare_for(client);
            after = page.back().id;
        }
    };
    return {"keys of ID tokens", prepare, Jobs::First::soon};
}

}  // namespace keyhold::server
