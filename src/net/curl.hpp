// SPDX-License-Identifier: Apache-2.0
// What every exchange by libcurl needs, whatever it speaks.
#pragma once

#include <signal.h>

#include "net/libcurl.hpp"

namespace keyhold::net {

struct FreeList {
    void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
};

// OpenSSL writes to sockets without MSG_NOSIGNAL, and a peer that has gone away would end a program that does not
// ignore SIGPIPE: it is blocked in this thread meanwhile, and taken away if it came.
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
