// SPDX-License-Identifier: Apache-2.0
// The functions of libcurl, linked where the build says so and otherwise loaded when the first of them is needed: a
// server that asks no other one does without the library.
#include "net/libcurl.hpp"

#include <stdexcept>

#include "base/shared_library.hpp"

namespace keyhold::net {
namespace {

#ifdef KEYHOLD_LIBCURL_IS_LINKED

constexpr Libcurl load() {
    return {
        .global_init = ::curl_global_init,
        .easy_init = ::curl_easy_init,
        .easy_setopt = ::curl_easy_setopt,
        .easy_perform = ::curl_easy_perform,
        .easy_getinfo = ::curl_easy_getinfo,
        .easy_reset = ::curl_easy_reset,
        .easy_cleanup = ::curl_easy_cleanup,
        .easy_strerror = ::curl_easy_strerror,
        .slist_append = ::curl_slist_append,
        .slist_free_all = ::curl_slist_free_all,
        .free = ::curl_free,
        .url = ::curl_url,
        .url_set = ::curl_url_set,
        .url_get = ::curl_url_get,
        .url_cleanup = ::curl_url_cleanup,
    };
}

#else

Libcurl load() {
    const SharedLibrary library("libcurl.so.4", "libcurl4");
    Libcurl curl{};
    library.find("curl_global_init", curl.global_init);
    library.find("curl_easy_init", curl.easy_init);
    library.find("curl_easy_setopt", curl.easy_setopt);
    library.find("curl_easy_perform", curl.easy_perform);
    library.find("curl_easy_getinfo", curl.easy_getinfo);
    library.find("curl_easy_reset", curl.easy_reset);
    library.find("curl_easy_cleanup", curl.easy_cleanup);
    library.find("curl_easy_strerror", curl.easy_strerror);
    library.find("curl_slist_append", curl.slist_append);
    library.find("curl_slist_free_all", curl.slist_free_all);
    library.find("curl_free", curl.free);
    library.find("curl_url", curl.url);
    library.find("curl_url_set", curl.url_set);
    library.find("curl_url_get", curl.url_get);
    library.find("curl_url_cleanup", curl.url_cleanup);
    return curl;
}

#endif

// curl_global_init(3) comes before everything else and is called once.
Libcurl load_and_initialize() {
    const Libcurl curl = load();
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl could not be initialised");
    return curl;
}

}  // namespace

// The first caller loads it, and others wait for that (a static of a function). If it throws, the next call tries
// again.
const Libcurl& libcurl() {
    static const Libcurl loaded = load_and_initialize();
    return loaded;
}

}  // namespace keyhold::net
