// SPDX-License-Identifier: Apache-2.0
#include "http/io_thread.hpp"

#include <ctime>
#include <utility>

#include "http/connection.hpp"

namespace keyhold::http {

IoThread::IoThread(const ServerOptions& the_options, const Dispatcher& the_dispatcher, WorkerPools& the_pools,
                   Admission& the_admission, unsigned number)
    : options(the_options),
      dispatcher(the_dispatcher),
      pools(the_pools),
      admission(the_admission),
      id_prefix(the_options.run_id + number),
      scratch(std::make_unique_for_overwrite<char[]>(scratch_size)),
      traffic(the_dispatcher.routes().size()) {
    tick();
}

IoThread::~IoThread() = default;

std::string_view IoThread::next_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::uint64_t number = (id_prefix << 32) | (++id_count & 0xffffffff);
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = digits[(number >> (60 - 4 * i)) & 15];
    return {id.data(), id.size()};
}

void IoThread::tick() {
    now = std::chrono::steady_clock::now();
    const std::time_t seconds = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 64> text;
    const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date.assign(text.data(), size);
}

std::unique_ptr<RequestParser> IoThread::take_parser() {
    if (!spare) return std::make_unique<RequestParser>(options.limits);
    spare->restart();
    return std::exchange(spare, nullptr);
}

}  // namespace keyhold::http
