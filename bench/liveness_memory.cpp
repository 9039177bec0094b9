// SPDX-License-Identifier: Apache-2.0
// liveness_memory: how much a million remembered sessions cost, and that a million more cost nothing.
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstring>

#include "base/id.hpp"
#include "domain/sessions/liveness.hpp"
#include "store/stores.hpp"

namespace {

using namespace keyhold;

// Every session that anybody asks for is there, and has an account of its own: that costs most.
class Everybody final : public store::SessionStore {
public:
    Everybody() : SessionStore(nullptr) {}
    std::optional<store::Subject> find_live(std::string_view id, Time) override {
        // A name of 15 characters is as long as std::string keeps without asking for memory.
        return store::Subject{.id = *parse_id(id),
                              .username = "user-" + std::string(id.substr(26)),
                              .roles = store::RoleSet::of(parse_id(id)->back() % 2 == 0 ? "editor" : "editor reader")};
    }
    Result<> create(const store::Session&, std::int64_t, const Beside&) override { return {}; }
    std::int64_t cap_ends(Time, Time, std::int64_t) override { return 0; }
    std::optional<store::SessionOfAccount> find(std::string_view) override { return {}; }
    store::SessionPage list(const Wanted&) override { return {}; }
    bool rotate(const Rotation&) override { return false; }
    bool end(std::string_view, std::optional<std::string_view>, std::string_view, Time) override { return false; }
    std::size_t end_all(const store::Whose&, std::string_view, Time) override { return 0; }
    std::int64_t purge(Time, std::int64_t) override { return 0; }
};

class NoChanges final : public store::ChangeStore {
public:
    NoChanges() : ChangeStore(nullptr) {}
    store::Changes after(std::int64_t) override { return {}; }
    std::uint64_t epoch() const noexcept override { return 1; }
    std::uint64_t breaks() const noexcept override { return 0; }
    bool forget_some_but(std::int64_t, Time) override { return false; }
};

double resident_mib() {
    std::FILE* const file = std::fopen("/proc/self/statm", "r");
    long total = 0, resident = 0;
    if (file == nullptr || std::fscanf(file, "%ld %ld", &total, &resident) != 2) return 0;
    std::fclose(file);
    return static_cast<double>(resident) * 4096 / (1024 * 1024);
}

// Ids as random as the server's, and the same in each run.
Id make_id_of(std::uint64_t number) {
    Id id{};
    for (std::size_t half = 0; half < 2; ++half) {
        std::uint64_t mixed = (number * 2 + half + 1) * 0x9E3779B97F4A7C15;  // as SplitMix64 does it
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        std::memcpy(id.data() + half * 8, &mixed, 8);
    }
    return id;
}

}  // namespace

int main() {
    constexpr std::uint64_t million = 1'000'000;
    store::Stores stores;
    stores.sessions = std::make_unique<Everybody>();
    stores.changes = std::make_unique<NoChanges>();
    const SystemClock clock;
    domain::Liveness liveness(stores, clock, {.sessions = million});
    const double before = resident_mib();
    const auto remember = [&](std::uint64_t first) {
        for (std::uint64_t i = first; i < first + million; ++i)
            if (!liveness.find_session(make_id_of(i))) return -1.0;
        return resident_mib() - before;
    };
    const double one = remember(0), two = remember(million), three = remember(2 * million);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 2 * million; i < 3 * million; ++i)
        if (!liveness.find_session(make_id_of(i))) return 1;
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
    std::printf("RESULT one_million=%.1f two_million=%.1f three_million=%.1f look_up_ns=%.0f\n", one, two, three,
                ns / static_cast<double>(million));
}
