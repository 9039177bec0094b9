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
#include "http/connection/late_answers.hpp"
#include "http/connection/tls.hpp"
#include "http/server.hpp"

namespace keyhold::http {

using ListHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
class Connection;

// A struct without secrets between its users: the Loop owns it and the connections of that loop use its members
// directly, because all of them run on the one thread. `options`, `dispatcher`, `pools` and `admission` belong to the
// Server and outlive it.
struct IoThread {
    IoThread(const ServerOptions& the_options, const Dispatcher& the_dispatcher, WorkerPools& the_pools,
             Admission& the_admission, unsigned number);
    ~IoThread();

    // A fresh request id: 8 hex digits of this run and thread, 8 that count.
    std::string_view next_id();
    // Brings `now` and `date` up to date.
    void tick();

    // A parser is large and has memory of its own, so one that is done is kept for the next request of any connection:
    // while requests come whole, one parser serves them all.
    std::unique_ptr<RequestParser> take_parser();
    void give_back(std::unique_ptr<RequestParser> parser) { spare = std::move(parser); }

    const ServerOptions& options;
    const Dispatcher& dispatcher;
    WorkerPools& pools;
    Admission& admission;
    boost::asio::io_context io{1};  // one thread runs it; others only post
    // run_id plus the number of the thread, so that no two threads give out the same ids.
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
    // What a handler on this thread fills in. Its memory is used again for each answer that is made on this thread.
    Response response;
    std::unique_ptr<RequestParser> spare;
    // The Date field's value, made once for all answers of a second (RFC 9110 §6.6.1).
    std::string date;
    // The time of the last tick() or accept, up to a second old: deadlines are set by it, since asking the clock for
    // each would cost more than they need. Durations for the log ask the clock itself.
    std::chrono::steady_clock::time_point now;
    bool knows_of_proxy = false;  // ServerOptions::unknown_proxy was told
    bool draining = false;        // every answer ends its connection
    bool stopping = false;        // and nobody new is let in
    // Counted here alone; /metrics reads it from another thread.
    Traffic traffic;
    std::shared_ptr<const TlsContext> tls;  // null: nobody speaks TLS
    // All that are open, for the sweep. A connection unlinks itself when it closes or goes.
    boost::intrusive::list<Connection, boost::intrusive::base_hook<ListHook>,
                           boost::intrusive::constant_time_size<false>>
        connections;
    // Whether a turn was posted that has not come yet (Connection::wait_for_the_next).
    bool turn_is_asked_for = false;
    std::vector<std::shared_ptr<Connection>> answered;  // since the last turn: who waits for a next request
    std::vector<std::shared_ptr<Connection>> ready;     // of this turn; empty but for its memory
    PromptRefusals prompt_refusals;
    LateAnswers late_answers{io};
};

}  // namespace keyhold::http
