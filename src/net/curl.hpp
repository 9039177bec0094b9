// SPDX-License-Identifier: Apache-2.0
// What every exchange by libcurl needs, whatever it speaks.
#pragma once

#include <signal.h>

#include "net/libcurl.hpp"

namespace keyhold::net {

struct FreeList {
    void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
};

// libcurl looks names up on a thread, and waits for it where the time is over, or a callback has ended the exchange: a
// resolver that nobody answers takes half a minute. With this it leaves that thread alone. Other versions of libcurl
// than Debian's may lack it, and go on without.
inline void do_not_wait_for_names(CURL* curl) { (void)libcurl().easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); }

// OpenSSL writes to sockets without MSG_NOSIGNAL, and a peer that has gone away would end a program that does not
// ignore SIGPIPE: it is blocked in this thread meanwhile, and taken away if it came.
// For the calling thread alone, for as long as it lives. The signal goes to the thread that writes (POSIX, write()), so
// it is enough to block it there.
class NoSigpipe {
public:
    NoSigpipe();
    ~NoSigpipe();
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

private:
    sigset_t pipe_, before_;
    bool was_pending_;
};

}  // namespace keyhold::net
