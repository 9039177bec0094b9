// SPDX-License-Identifier: Apache-2.0
#include "http/connection/io_thread.hpp"

#include <utility>

#include "base/internet_date.hpp"
#include "http/connection/connection.hpp"

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

// A view into `id`, which the next call writes over.
std::string_view IoThread::next_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::uint64_t number = (id_prefix << 32) | (++id_count & 0xffffffff);
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = digits[(number >> (60 - 4 * i)) & 15];
    return {id.data(), id.size()};
}

void IoThread::tick() {
    now = std::chrono::steady_clock::now();
    date = internet_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) + " GMT";
}

std::unique_ptr<RequestParser> IoThread::take_parser() {
    if (!spare) return std::make_unique<RequestParser>(options.limits);
    spare->restart();
    return std::exchange(spare, nullptr);
}

}  // namespace keyhold::http
