// SPDX-License-Identifier: Apache-2.0
// A whole connection: whatever bytes come, cut anywhere, several requests at once, in plain or through TLS. The answers
// are well-formed HTTP, none is a 500, and how the bytes were cut makes no difference to them.
//
// The input's first byte says how the bytes come, the second how they are cut; the rest are the bytes.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/unit/http/one_thread.hpp"
#include "http/routes/cors.hpp"
#include "http/routes/dispatcher.hpp"

using namespace keyhold;
using namespace keyhold::http;

namespace {

constexpr std::string_view page = "a page that lies in the program";

void add(Routes& routes, Method method, std::string path, On on,
         std::function<void(const Request&, Response&)> handle) {
    Route route;
    route.operation.method = method;
    route.operation.path = std::move(path);
    route.on = on;
    route.handle = std::move(handle);
    routes.add(std::move(route));
}

Routes make_routes() {
    Routes routes;
    // Answers how long the body was, so that a body that was cut wrongly shows.
    const auto count = [](const Request& request, Response& response) {
        response.media_type = "text/plain";
        response.body = std::to_string(request.body.size());
    };
    add(routes, Method::get, "/", On::io, count);
    add(routes, Method::post, "/login", On::hashing, count);
    add(routes, Method::delete_, "/sessions/{id}", On::storing, count);
    add(routes, Method::get, "/docs", On::io, [](const Request&, Response& out) { out.static_body = page; });
    return routes;
}

// Made once: routes, and one thread's part of a server that turns by hand.
struct World {
    Routes routes = make_routes();  // before the thread, which counts what each of them answers
    Cors cors{{"http://localhost:*"}};
    // Called for what a handler throws; none of these throws.
    Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view) { std::abort(); }};
    OneThread one{{}, dispatcher};
};

// The statuses of the answers; aborts at what is no answer. What was asked with HEAD nobody knows here, so the body of
// an answer may be missing where the next answer begins.
std::vector<int> statuses_of(std::string_view text) {
    std::vector<int> statuses;
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n\r\n");
        if (!text.starts_with("HTTP/1.1 ") || end == text.npos) std::abort();
        const std::string_view head = text.substr(0, end + 2);
        for (std::size_t at = 0; at < head.size();) {
            const std::size_t line = head.find("\r\n", at);
            if (at > 0 && head.substr(at, line - at).find(": ") == head.npos) std::abort();
            if (head.substr(at, line - at).find_first_of(std::string_view("\r\n\0", 3)) != head.npos) std::abort();
            at = line + 2;
        }
        const int status = std::atoi(std::string(head.substr(9, 3)).c_str());
        if (status == 500) std::abort();
        // Which of several refusals it is may depend on how much had come, and so may "100 Continue".
        if (status != 100) statuses.push_back(std::min(status, 400));
        text.remove_prefix(end + 4);
        const std::size_t length = head.find("\r\nContent-Length: ");
        const std::size_t size = length == head.npos ? 0 : std::strtoul(head.data() + length + 18, nullptr, 10);
        if (text.size() >= size && !(text.starts_with("HTTP/1.1 ") && size > 0)) text.remove_prefix(size);
    }
    return statuses;
}

// A head that is wrong and unfinished at the end may be refused in the one case and waited for in the other.
bool are_alike(std::vector<int> one, std::vector<int> other) {
    if (one.size() > other.size() && one.back() == 400) one.pop_back();
    if (other.size() > one.size() && other.back() == 400) other.pop_back();
    return one == other;
}

// A client that speaks TLS over a descriptor.
class TlsClient {
public:
    explicit TlsClient(int descriptor) : context_(::SSL_CTX_new(::TLS_client_method())), stream_(::SSL_new(context_)) {
        ::SSL_set_fd(stream_, descriptor);
        ::SSL_set_connect_state(stream_);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;
    ~TlsClient() {
        ::SSL_free(stream_);
        ::SSL_CTX_free(context_);
    }
    bool shake_hands() { return ::SSL_do_handshake(stream_) == 1; }
    bool send(std::string_view bytes) {
        return ::SSL_write(stream_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
    }
    std::string received() {
        std::string text;
        std::array<char, 4096> piece;
        for (int size = 0; (size = ::SSL_read(stream_, piece.data(), piece.size())) > 0;)
            text.append(piece.data(), static_cast<std::size_t>(size));
        return text;
    }

private:
    SSL_CTX* context_;
    SSL* stream_;
};

std::string text_in(BIO* memory) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    return {text, static_cast<std::size_t>(size)};
}

// A certificate of our own, made once.
std::shared_ptr<const TlsContext> make_tls() {
    // As small as a certificate can be that OpenSSL accepts: nobody verifies it here.
    EVP_PKEY* const key = ::EVP_EC_gen("P-256");
    X509* const certificate = ::X509_new();
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), 0);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 86'400);
    ::X509_set_pubkey(certificate, key);
    ::X509_sign(certificate, key, ::EVP_sha256());
    BIO *const certificates = ::BIO_new(::BIO_s_mem()), *const keys = ::BIO_new(::BIO_s_mem());
    ::PEM_write_bio_X509(certificates, certificate);
    ::PEM_write_bio_PrivateKey(keys, key, nullptr, nullptr, 0, nullptr, nullptr);
    auto context = TlsContext::make(Secret(text_in(certificates)), Secret(text_in(keys))).value();
    ::BIO_free(certificates);
    ::BIO_free(keys);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    return context;
}

enum class How { plain, through_tls, plain_to_tls };

// Everything that is answered to the bytes, which come `step` at a time, or all at once if that is 0.
std::string answers_to(World& world, std::string_view bytes, How how, std::size_t step) {
    static const std::shared_ptr<const TlsContext> tls = make_tls();
    OneThread& one = world.one;
    const Descriptor client = one.connect("192.0.2.1", how == How::plain ? nullptr : tls);
    std::optional<TlsClient> secure;
    if (how == How::through_tls) {
        secure.emplace(client.get());
        for (int turns = 0; !secure->shake_hands(); one.turn())
            // A handshake takes a few flights; more means that it does not come to an end.
            if (++turns > 20) std::abort();
    }
    const auto receive = [&] { return secure ? secure->received() : received(client); };
    std::string text;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, step == 0 ? bytes.size() : step);
        // The server has closed the connection.
        if (secure ? !secure->send(piece) : !sent(client, piece)) break;
        bytes.remove_prefix(piece.size());
        one.turn();
        text += receive();
    }
    const auto receive_all = [&] {
        for (std::string more = receive(); !more.empty(); more = receive()) {
            text += more;
            one.turn();
        }
    };
    receive_all();
    ::shutdown(client.get(), SHUT_WR);
    one.turn();
    receive_all();
    if (!one.thread.connections.empty()) {  // it lingers until its client has read everything, or its time is over
        one.thread.now += std::chrono::hours(1);
        for (auto at = one.thread.connections.begin(); at != one.thread.connections.end();) {
            const auto connection = (at++)->shared_from_this();
            connection->sweep();
        }
        one.turn();
        receive_all();
        one.thread.tick();
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    if (size < 2 || size > 20'000) return 0;
    const How how = data[0] % 8 == 0 ? How::through_tls : data[0] % 8 == 1 ? How::plain_to_tls : How::plain;
    // Small pieces of long inputs take long and show nothing new.
    const std::size_t step = 1 + data[1] + size / 256;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::string cut = answers_to(world, bytes, how, step);
    if (how == How::plain_to_tls) return 0;  // alerts, mostly
    if (!are_alike(statuses_of(cut), statuses_of(answers_to(world, bytes, how, 0)))) std::abort();
    return 0;
}
