/* SPDX-License-Identifier: Apache-2.0
   A resolver that changes its mind (DNS rebinding), preloaded into the server: the name REBOUND is at a public address when it is first asked for, and at
   this machine from then on. And a canary at every address: whoever is connected to is written down, and nobody is asked but on 127.0.0.0/8: connections to
   all others are refused here. */
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
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        const struct in_addr* to = &((const struct sockaddr_in*)address)->sin_addr;
        if (ntohl(to->s_addr) >> 24 == 127) return real(socket, address, size);
        inet_ntop(AF_INET, to, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6*)address)->sin6_addr, text, sizeof text);
    } else {
        return real(socket, address, size);
    }
    fprintf(stderr, "a connection to %s\n", text);
    errno = ECONNREFUSED;
    return -1;
}
