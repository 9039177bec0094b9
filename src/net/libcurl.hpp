// SPDX-License-Identifier: Apache-2.0
// libcurl (https://curl.se/libcurl/c/), opened at need by the server, which may never ask anybody; linked in
// keyhold::guard, which cannot do without. Its functions without their prefix.
#pragma once

#include <curl/curl.h>

// With types that are not checked: a macro of curl.h knows the name alone.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace keyhold::net {

// Pointers to functions that stay good for as long as the process lives.
struct Libcurl {
    decltype(&::curl_global_init) global_init;
    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_perform) easy_perform;
    decltype(&::curl_easy_getinfo) easy_getinfo;
    decltype(&::curl_easy_reset) easy_reset;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;
    decltype(&::curl_free) free;
    decltype(&::curl_url) url;
    decltype(&::curl_url_set) url_set;
    decltype(&::curl_url_get) url_get;
    decltype(&::curl_url_cleanup) url_cleanup;
};

// Initialised (curl_global_init(3)); any thread. Throws Unavailable if it is not installed.
const Libcurl& libcurl();

}  // namespace keyhold::net
