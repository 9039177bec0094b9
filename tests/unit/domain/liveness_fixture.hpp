// SPDX-License-Identifier: Apache-2.0
// What the tests of liveness share: a store that is watched, and accounts that log in.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "domain/sessions/liveness.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

// Passes questions on, counts them, and may do something else while it answers.
// The base gets no database, so only what is overridden here can be called. Only find_live() is counted: Liveness
// asks by it alone.
class Watched final : public store::SessionStore {
public:
    explicit Watched(std::unique_ptr<store::SessionStore> real) : SessionStore(nullptr), real_(std::move(real)) {}
    std::optional<store::Subject> find_live(std::string_view id, Time now) override {
        ++asked;
        if (is_down) throw Unavailable("down");
        auto found = real_->find_live(id, now);
        if (before_return) before_return();
        if (refuses && refuses()) return std::nullopt;
        return found;
    }
    Result<> create(const Session& session, std::int64_t generation, const Beside& beside) override {
        return real_->create(session, generation, beside);
    }
    std::optional<store::SessionOfAccount> find(std::string_view id) override { return real_->find(id); }
    store::SessionPage list(const Wanted& wanted) override { return real_->list(wanted); }
    bool rotate(const Rotation& rotation) override { return real_->rotate(rotation); }
    bool end(std::string_view id, std::optional<std::string_view> account, std::string_view reason, Time now) override {
        return real_->end(id, account, reason, now);
    }
    std::size_t end_all(const store::Whose& whose, std::string_view reason, Time now) override {
        return real_->end_all(whose, reason, now);
    }
    std::int64_t cap_ends(Time latest, Time now, std::int64_t limit) override {
        return real_->cap_ends(latest, now, limit);
    }
    std::int64_t purge(Time time, std::int64_t limit) override { return real_->purge(time, limit); }

    std::atomic<int> asked = 0;
    std::atomic<bool> is_down = false;
    // Between the answer of the database and the return of it: what happens here is newer than the answer, as when
    // another thread ends the session meanwhile.
    std::function<void()> before_return;
    // True: no such session, whatever the database has found.
    std::function<bool()> refuses;

private:
    std::unique_ptr<store::SessionStore> real_;
};

// The accounts "ann" and "bob" exist; nobody is logged in.
class LivenessTest : public DomainTest {
protected:
    LivenessTest() {
        auto watching = std::make_unique<Watched>(std::move(stores.sessions));
        watched = watching.get();
        stores.sessions = std::move(watching);
        for (const char* name : {"ann", "bob"}) put(name, "hash");
    }

    Id log_in(const std::string& name) {
        return *parse_id(sessions.start(store->find_by_name_key(name).value(), {}).value().id);
    }
    bool end(const Id& session) { return sessions.end(to_text(session), logged_out).ok(); }

    Watched* watched;
    Liveness liveness{stores, clock, {.sessions = 1000, .accounts = 1000}};
};

}  // namespace keyhold::domain
