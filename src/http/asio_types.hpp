// SPDX-License-Identifier: Apache-2.0
// Asio's types as they are used here. Concrete executor types: any_io_executor costs an allocation and two indirect
// calls per operation.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>

namespace keyhold::http {

// Each I/O thread runs an io_context of its own, so nothing here needs a strand: what is posted to an executor runs on
// that one thread.
using Executor = boost::asio::io_context::executor_type;
// Of TCP by its type alone: connections over a Unix socket are kept in it as well, as Asio only hands the descriptor to
// recv(2) and epoll(7) (Loop::adopt).
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace keyhold::http
