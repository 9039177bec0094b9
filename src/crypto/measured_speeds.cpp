// SPDX-License-Identifier: Apache-2.0
#include "crypto/measured_speeds.hpp"

#include <time.h>

#include <algorithm>
#include <limits>

#include "crypto/bcrypt/libxcrypt.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto {

namespace {

// Enough of each that the set-up does not count, and of what lives in memory 64 MiB, which is more than caches hold: a
// block of scrypt takes 85 ns with 4 MiB, 130 ns with 64 and 132 ns with 128 (AMD EPYC).
constexpr std::array samples{
    Work{Work::Kind::bcrypt, {5}},
    Work{Work::Kind::argon2id, {65536, 1, 1}},
    Work{Work::Kind::argon2i, {65536, 1, 1}},
    Work{Work::Kind::scrypt, {65536, 8, 1}},
    Work{Work::Kind::pbkdf2_sha1, {3000}},
    Work{Work::Kind::pbkdf2_sha256, {3000}},
    Work{Work::Kind::pbkdf2_sha512, {3000}},
    Work{Work::Kind::sha256_crypt, {3000}},
    Work{Work::Kind::sha512_crypt, {3000}},
};
static_assert([] {
    if (samples.size() != static_cast<std::size_t>(Work::Kind::count_)) return false;
    for (std::size_t i = 0; i < samples.size(); ++i)
        if (static_cast<std::size_t>(samples[i].kind) != i) return false;
    return true;
}());

// The password has as many bytes as people's have, since for the sha-crypts its length counts.
double measure(const Work& work) {
    constexpr std::string_view password = "twelve bytes";
    // And not the engine, whose time passes on its own threads and depends on how many lanes run.
    bcrypt::Libxcrypt libxcrypt;
    MemoryBudget memory(Limits::memory);
    PasswordTools tools{libxcrypt, memory};
    const std::string text = sample_of(work);
    const PasswordFormat* const format = find_password_format(text);
    double best = std::numeric_limits<double>::max();
    for (int i = 0; i < 3; ++i) {
        const auto before = thread_time();
        format->verify(password, text, tools);
        best = std::min(best, static_cast<double>((thread_time() - before).count()));
    }
    return best / units(work, password.size());
}

}  // namespace

double MeasuredSpeeds::nanoseconds_per_unit(Work::Kind kind) {
    const auto i = static_cast<std::size_t>(kind);
    std::call_once(measured_.at(i), [&] { speeds_[i] = measure(samples.at(i)); });
    return speeds_[i];
}

std::chrono::nanoseconds thread_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace keyhold::crypto
