/* SPDX-License-Identifier: Apache-2.0
   A resolver that changes its mind (DNS rebinding), preloaded into the server: the name REBOUND is at a public address when it is first asked for, and at
   this machine from then on. Nobody is asked outside: a connection to that public address is refused here. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char name[] = "rebound.example.com", public_address[] = "93.184.216.34", own_address[] = "127.0.0.1";

int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
    static int asked = 0;
    int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node == NULL || strcmp(node, name) != 0) return real(node, service, hints, found);
    const char* address = __sync_fetch_and_add(&asked, 1) == 0 ? public_address : own_address;
    fprintf(stderr, "the resolver says %s\n", address);
    return real(address, service, hints, found);
}

int connect(int socket, const struct sockaddr* address, socklen_t size) {
    int (*real)(int, const struct sockaddr*, socklen_t) = dlsym(RTLD_NEXT, "connect");
    struct in_addr outside;
    inet_pton(AF_INET, public_address, &outside);
    if (address->sa_family == AF_INET && ((const struct sockaddr_in*)address)->sin_addr.s_addr == outside.s_addr) {
        fprintf(stderr, "a connection to the public address\n");
        errno = ECONNREFUSED;
        return -1;
    }
    return real(socket, address, size);
}
