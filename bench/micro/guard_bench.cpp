// SPDX-License-Identifier: Apache-2.0
// What one Guard::check costs. Tokens have some 400 bytes, as access tokens of ours; build with
// CMAKE_BUILD_TYPE=Release.
#include <benchmark/benchmark.h>

#include <unistd.h>
#include <cstdio>
#include <fstream>
#include <string>

#include "jose/algorithm.hpp"
#include "jose/jwt.hpp"
#include "keyhold/guard.hpp"

namespace keyhold {
namespace {

constexpr std::string_view claims =
    R"({"sub":"0189c8f2-5b1e-7c3a-9f00-0123456789ab","sid":"0189c8f2-5b1e-7c3a-9f00-0123456789ac","iss":"https://id.example",)"
    R"("client_id":"keyhold","scope":"notes:read notes:write","iat":1700000000,"exp":4102444800,"jti":"0189c8f2"})";

struct Guarded {
    Guard guard;
    std::string field;
};

Guarded guarded(const jose::Key& key, Guard guard) { return {std::move(guard), "Bearer " + jose::issue(claims, key)}; }

const Guarded& es256(std::size_t remembered) {
    const auto make = [](std::size_t count) {
        const jose::Key key = jose::Key::generate_es256();
        const std::string path = "/tmp/keyhold_bench_" + std::to_string(getpid()) + ".json";
        std::ofstream(path) << key.public_jwk();
        Guarded made = guarded(
            key, Guard::from_jwks_file(
                     path, {.issuer = "https://id.example", .audience = "", .type = "", .remembered_tokens = count}));
        std::remove(path.c_str());
        return made;
    };
    static const Guarded with = make(1024), without = make(0);
    return remembered != 0 ? with : without;
}

const Guarded& hs256(std::size_t remembered) {
    constexpr std::string_view secret = "a secret of forty bytes, for HS256 alone";
    const auto make = [&](std::size_t count) {
        return guarded(jose::Key::from_secret(*jose::find_algorithm("HS256"), secret).value(),
                       Guard::from_secret(secret, {.issuer = "https://id.example", .remembered_tokens = count}));
    };
    static const Guarded with = make(1024), without = make(0);
    return remembered != 0 ? with : without;
}

void check(benchmark::State& state, const Guarded& with, const Rule& rule) {
    for (auto _ : state) {
        const auto caller = with.guard.check(with.field, rule);
        if (!caller) state.SkipWithError("refused");
        benchmark::DoNotOptimize(caller);
    }
    state.counters["token_bytes"] =
        benchmark::Counter(static_cast<double>(with.field.size() - 7), benchmark::Counter::kAvgThreads);
}

void guard_check_es256_seen_before(benchmark::State& state) { check(state, es256(1024), {}); }
BENCHMARK(guard_check_es256_seen_before);
BENCHMARK(guard_check_es256_seen_before)->Threads(8);

void guard_check_es256_seen_before_with_a_scope(benchmark::State& state) {
    static const Rule rule = scope("notes:write");
    check(state, es256(1024), rule);
}
BENCHMARK(guard_check_es256_seen_before_with_a_scope);

// Seen by another thread before, or pushed out: its signature is remembered, the rest is read again.
void guard_check_es256_signature_seen_before(benchmark::State& state) { check(state, es256(0), {}); }
BENCHMARK(guard_check_es256_signature_seen_before);

void guard_check_hs256_seen_before(benchmark::State& state) { check(state, hs256(1024), {}); }
BENCHMARK(guard_check_hs256_seen_before);
BENCHMARK(guard_check_hs256_seen_before)->Threads(8);

void guard_check_hs256_new(benchmark::State& state) { check(state, hs256(0), {}); }
BENCHMARK(guard_check_hs256_new);

}  // namespace
}  // namespace keyhold
