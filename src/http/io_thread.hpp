// SPDX-License-Identifier: Apache-2.0
// What the connections of one I/O thread share. Only that thread touches it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/asio_types.hpp"
#include "http/late_answers.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"

namespace keyhold::http {

using ListHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
class Connection;

struct IoThread {
    IoThread(const ServerOptions& the_options, const Dispatcher& the_dispatcher, WorkerPools& the_pools,
             Admission& the_admission, unsigned number);
    ~IoThread();

    // A fresh request id: 8 hex digits of this run and thread, 8 that count.
    std::string_view next_id();
    // Brings `now` and `date` up to date.
    void tick();

    std::unique_ptr<RequestParser> take_parser();
    void give_back(std::unique_ptr<RequestParser> parser) { spare = std::move(parser); }

    const ServerOptions& options;
    const Dispatcher& dispatcher;
    WorkerPools& pools;
    Admission& admission;
    boost::asio::io_context io{1};  // one thread runs it; others only post
    std::uint64_t id_prefix;
    std::uint64_t id_count = 0;
    std::array<char, 16> id{};
    // For what does not fit a connection's own small buffer. Not cleared, so that only what is used takes memory.
    static constexpr std::size_t scratch_size = 64 * 1024;
    std::unique_ptr<char[]> scratch;
    std::string out;        // what is about to be written by one connection; empty when it has had its turn
    std::size_t whole = 0;  // so many bytes of it are whole answers
    void clear_out() {
        out.clear();
        whole = 0;
    }
    Response response;
    std::unique_ptr<RequestParser> spare;
    std::string date;
    std::chrono::steady_clock::time_point now;
    bool knows_of_proxy = false;  // ServerOptions::unknown_proxy was told
    bool draining = false;        // every answer ends its connection
    bool stopping = false;        // and nobody new is let in
    Traffic traffic;
    std::shared_ptr<const TlsContext> tls;  // null: nobody speaks TLS
    boost::intrusive::list<Connection, boost::intrusive::base_hook<ListHook>,
                           boost::intrusive::constant_time_size<false>>
        connections;
    bool turn_is_asked_for = false;
    std::vector<std::shared_ptr<Connection>> answered;  // since the last turn: who waits for a next request
    std::vector<std::shared_ptr<Connection>> ready;     // of this turn; empty but for its memory
    PromptRefusals prompt_refusals;
    LateAnswers late_answers{io};
};

}  // namespace keyhold::http
