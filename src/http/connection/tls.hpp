// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) over the non-blocking socket of a connection. OpenSSL stays behind this header.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace keyhold::http {

// A certificate with its key, and how we speak under it. Any thread.
class TlsContext {
public:
    // Both in PEM; behind the certificate stands its chain. Refused: configuration, with the reason.
    static Result<std::shared_ptr<const TlsContext>> make(const Secret& certificates, const Secret& key);

    std::chrono::system_clock::time_point expires_at() const { return expires_at_; }  // of the certificate

private:
    friend class TlsStream;
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };
    std::unique_ptr<ssl_ctx_st, Free> context_;
    // notAfter of the first certificate, the server's own.
    std::chrono::system_clock::time_point expires_at_;
};

// One connection's side of it; the handshake happens within the first reads.
// Belongs to its connection's thread. It neither owns the descriptor nor waits: each call does what the socket lets it
// do at once, and says what to wait for.
class TlsStream {
public:
    // The context stays alive as long as a stream needs it.
    TlsStream(const TlsContext& context, int descriptor);

    enum class Progress : std::uint8_t {
        done,         // `size` bytes, at least one
        wants_read,   // nothing before the socket is readable
        wants_write,  // nothing before it is writable
        ended,        // the client is done, or what came is no TLS
        plain_http,   // the client speaks HTTP without TLS
    };
    // `size` counts bytes of the application, not of records, and is 0 but for `done`.
    struct Outcome {
        Progress progress;
        std::size_t size = 0;
    };
    // A read may have to wait until the socket is writable, and a write until it is readable, as handshakes and key
    // updates go both ways.
    Outcome read(std::span<char> buffer);
    // Bytes that were not taken have to be passed again, from any address (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER).
    Outcome write(std::string_view bytes);

    bool is_established() const;  // the handshake is over
    bool has_more() const;        // read() may have something without the socket: bytes of a record, maybe not all
    void say_goodbye();           // close_notify: the client knows that nothing was cut off

private:
    struct Free {
        void operator()(ssl_st* stream) const;
    };
    // What OpenSSL means by the result of a read or a write; right after it, as it looks at the thread's queue of
    // errors.
    Outcome outcome_of(int result, std::size_t size);
    std::unique_ptr<ssl_st, Free> stream_;
};

}  // namespace keyhold::http
