// SPDX-License-Identifier: Apache-2.0
// crypt_loop THREADS COST SECONDS: bcrypt by libxcrypt's crypt_r in a loop, the peer of every log-in figure.
#include <crypt.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    using Clock = std::chrono::steady_clock;
    const int threads = std::atoi(argv[1]), cost = std::atoi(argv[2]);
    const std::string setting =
        std::string("$2b$") + (cost < 10 ? "0" : "") + std::to_string(cost) + "$abcdefghijklmnopqrstuu";
    const auto start = Clock::now(), end = start + std::chrono::seconds(std::atoi(argv[3]));
    std::atomic<double> rate{0};
    std::vector<std::thread> pool;
    for (int i = 0; i < threads; ++i)
        pool.emplace_back([&] {
            const auto data = std::make_unique<crypt_data>();
            int hashes = 0;
            while (Clock::now() < end) {
                if (crypt_r("testpass", setting.c_str(), data.get()) == nullptr) std::abort();
                ++hashes;
            }
            // Each thread's own time: the last hash runs past the end.
            rate += hashes / std::chrono::duration<double>(Clock::now() - start).count();
        });
    for (std::thread& thread : pool) thread.join();
    std::printf("RESULT per_second=%.3f\n", rate.load());
}
