// SPDX-License-Identifier: Apache-2.0
// Hashes per second of one core at cost 10: libxcrypt, and the kernel on 1 to 6 lanes. docs/password-hashing.md says
// how to read it. The ratio is what counts, so interleave the runs:
//   bench_micro --benchmark_filter=bcrypt --benchmark_enable_random_interleaving=true --benchmark_repetitions=9
#include <benchmark/benchmark.h>

#include "crypto/bcrypt/lanes.hpp"
#include "crypto/bcrypt/libxcrypt.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

constexpr int cost = 10;
const Request request{"correct horse battery staple", Variant::b, cost, {}};

void bcrypt_libxcrypt(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(compute_with_libxcrypt(request));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bcrypt_libxcrypt)->Unit(benchmark::kMillisecond);

void bcrypt_lanes(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Lanes lanes;
    for (auto _ : state) {
        for (std::size_t lane = 0; lane < count; ++lane) lanes.start(lane, request);
        lanes.run(count, 1U << cost);
        for (std::size_t lane = 0; lane < count; ++lane) benchmark::DoNotOptimize(lanes.finish(lane));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bcrypt_lanes)->DenseRange(1, static_cast<int>(max_lanes))->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keyhold::crypto::bcrypt
