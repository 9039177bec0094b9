// SPDX-License-Identifier: Apache-2.0
// How a connection that speaks TLS reads: by records, of which the socket knows nothing.
#include <boost/asio/post.hpp>

#include "http/connection.hpp"
#include "http/errors.hpp"

namespace keyhold::http {

using boost::system::error_code;

void Connection::wait_for_record() {
    if (tls_->has_more())  // decrypted already, with what was read before
        boost::asio::post(thread_.io, callback([](Connection& self) { self.on_record(); }));
    else
        socket_.async_wait(Socket::wait_read, callback([](Connection& self, const error_code& ec) {
                               if (!ec) self.on_record();
                           }));
    reading_ = true;
}

void Connection::on_record() {
    reading_ = false;
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::lingering) return wait_readable();
    const auto got = tls_->read(inbox_);
    if (phase_ == Phase::handshake && tls_->is_established()) enter(Phase::idle);
    switch (got.progress) {
        case TlsStream::Progress::done:
            return on_read(got.size);
        case TlsStream::Progress::wants_read:
            return wait_readable();
        case TlsStream::Progress::wants_write:
            socket_.async_wait(Socket::wait_write, callback([](Connection& self, const error_code& ec) {
                                   if (!ec) self.on_record();
                               }));
            reading_ = true;
            return;
        case TlsStream::Progress::plain_http:
            tls_.reset();
            refuse_bytes(Error(errors::bad_request, "This port speaks HTTPS: begin the URL with https://"));
            return flush();
        case TlsStream::Progress::ended:
            if (phase_ == Phase::handshake) return linger();  // the alert that says why is on its way
            if (phase_ != Phase::sending) close();            // after the answer it shows again
            return;
    }
}

}  // namespace keyhold::http
