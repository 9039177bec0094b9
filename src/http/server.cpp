#include "http/server.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "http/connection.hpp"
#include "http/io_thread.hpp"
#include "http/scheduling.hpp"

namespace keyhold::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

using UserTimeout = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;

// Who acknowledges nothing for so long, or takes nothing, is gone: the kernel keeps what was sent for no longer.
constexpr std::chrono::milliseconds unacknowledged_time{60'000};

constexpr int backlog = 4096;                      // cut by net.core.somaxconn
constexpr int accepts_at_once = 64;                // then the connections get their turn
constexpr std::chrono::microseconds slice{200};    // a hundred answers
constexpr std::chrono::seconds sweep_interval{1};  // how exact the limits of ServerOptions are

// One event loop: accepts, serves, and looks once a second at whose time is over.
class Loop {
public:
    Loop(const ServerOptions& options, const Dispatcher& dispatcher, WorkerPools& pools, Admission& admission,
         unsigned number)
        : thread_(options, dispatcher, pools, admission, number), acceptor_(thread_.io), timer_(thread_.io) {}

    void listen(const tcp::endpoint& endpoint) {
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
        acceptor_.set_option(ReusePort(true));
        acceptor_.set_option(tcp::no_delay(true));  // the clients' sockets inherit it, and this:
        acceptor_.set_option(UserTimeout(static_cast<int>(unacknowledged_time.count())));
        if (endpoint.address().is_v6()) acceptor_.set_option(boost::asio::ip::v6_only(true));
        acceptor_.bind(endpoint);
        acceptor_.listen(backlog);
        acceptor_.native_non_blocking(true);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void run() {
        ask_for_short_slices(slice);
        wait_for_clients();
        sweep();
        thread_.io.run();
    }

    void post_stop() {
        boost::asio::post(thread_.io, [this] { stop(); });
    }

private:
    void wait_for_clients() {
        acceptor_.async_wait(Acceptor::wait_read, [this](const error_code& ec) {
            if (ec) return;
            // Out of descriptors: the sweep tries again, so that this does not spin.
            if (!accept_some()) {
                paused_ = true;
                return;
            }
            wait_for_clients();
        });
    }

    // A connection that is over before it began (accept(2)); the next one may be better.
    static bool is_over(int error) {
        return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN ||
               error == EHOSTUNREACH || error == ENETUNREACH;
    }

    // False if there is no descriptor left, or whatever else will not be better soon.
    bool accept_some() {
        for (int i = 0; i < accepts_at_once; ++i) {
            tcp::endpoint peer;
            auto size = static_cast<socklen_t>(peer.capacity());
            const int fd = ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0 && is_over(errno)) continue;
            if (fd < 0) return errno == EAGAIN;
            peer.resize(size);
            adopt(fd, peer);
        }
        return true;
    }

    void adopt(int fd, const tcp::endpoint& peer) {
        Socket socket(thread_.io);
        error_code ec;
        socket.assign(peer.protocol(), fd, ec);
        if (ec) {
            ::close(fd);
            return;
        }
        std::string address = peer.address().to_string();
        auto place = thread_.admission.enter(address);
        if (!place) return;
        std::make_shared<Connection>(std::move(socket), std::move(address), *std::move(place), thread_)->begin();
    }

    void sweep() {
        thread_.tick();
        auto& connections = thread_.connections;
        for (auto it = connections.begin(); it != connections.end();) (it++)->sweep();
        if (paused_ && !thread_.stopping) {
            paused_ = false;
            wait_for_clients();
        }
        if (thread_.stopping && (connections.empty() || thread_.now >= stop_at_)) return thread_.io.stop();
        timer_.expires_after(thread_.stopping ? std::chrono::milliseconds(20)
                                              : std::chrono::milliseconds(sweep_interval));
        timer_.async_wait([this](const error_code& ec) {
            if (!ec) sweep();
        });
    }

    void stop() {
        if (thread_.stopping) return;
        accept_some();  // who is in the queue has been promised an answer
        thread_.stopping = true;
        stop_at_ = std::chrono::steady_clock::now() + thread_.options.drain_time;
        error_code ignored;
        acceptor_.close(ignored);
        auto& connections = thread_.connections;
        for (auto it = connections.begin(); it != connections.end();) (it++)->stop();
        timer_.cancel();
        sweep();
    }

    IoThread thread_;
    Acceptor acceptor_;
    Timer timer_;
    bool paused_ = false;
    std::chrono::steady_clock::time_point stop_at_;
};

// SO_REUSEPORT would let a second server share the port in silence. This one asks without it.
bool is_in_use(const tcp::endpoint& endpoint) {
    if (endpoint.port() == 0) return false;
    boost::asio::io_context io;
    tcp::acceptor probe(io, endpoint.protocol());
    probe.set_option(boost::asio::socket_base::reuse_address(true));
    if (endpoint.address().is_v6()) probe.set_option(boost::asio::ip::v6_only(true));
    error_code ec;
    probe.bind(endpoint, ec);
    return ec == boost::asio::error::address_in_use;
}

}  // namespace

struct Server::State {
    State(ServerOptions the_options, const Dispatcher& the_dispatcher, WorkerPools& the_pools)
        : options(std::move(the_options)),
          dispatcher(the_dispatcher),
          pools(the_pools),
          admission(options.connections) {}
    ServerOptions options;
    const Dispatcher& dispatcher;
    WorkerPools& pools;
    Admission admission;
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<std::thread> threads;
};

Server::Server(ServerOptions options, const Dispatcher& dispatcher, WorkerPools& pools)
    : state_(std::make_unique<State>(std::move(options), dispatcher, pools)) {}

Server::~Server() {
    stop();
    join();
    state_->pools.stop();  // a job that outlived the drain time still posts to its loop
}

Result<> Server::listen() {
    const ServerOptions& options = state_->options;
    const std::string shown = options.host + ":" + std::to_string(options.port);
    error_code ec;
    const auto address = boost::asio::ip::make_address(options.host, ec);
    if (ec) return Error(Errc::configuration, "'" + options.host + "' is not an IP address to listen on");
    tcp::endpoint endpoint(address, options.port);
    if (is_in_use(endpoint))
        return Error(Errc::configuration,
                     shown + " is in use by another program: stop it, or choose another with --bind");
    try {
        for (unsigned i = 0; i < options.threads; ++i) {
            auto loop = std::make_unique<Loop>(options, state_->dispatcher, state_->pools, state_->admission, i);
            loop->listen(endpoint);
            endpoint.port(loop->port());
            state_->loops.push_back(std::move(loop));
        }
    } catch (const boost::system::system_error& error) {
        return Error(Errc::configuration, "cannot listen on " + shown + ": " + error.code().message());
    }
    return {};
}

std::uint16_t Server::port() const { return state_->loops.front()->port(); }

void Server::start() {
    for (auto& loop : state_->loops) state_->threads.emplace_back([&loop] { loop->run(); });
}

void Server::stop() {
    for (auto& loop : state_->loops) loop->post_stop();
}

void Server::join() {
    for (std::thread& thread : state_->threads) thread.join();
    state_->threads.clear();
}

}  // namespace keyhold::http
