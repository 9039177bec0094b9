// SPDX-License-Identifier: Apache-2.0
// Asking others over HTTPS (RFC 9110), by libcurl, on threads that may wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/exceptions.hpp"
#include "base/secret.hpp"
#include "net/reach.hpp"
#include "net/url.hpp"

namespace keyhold::net {

struct HttpsOptions {
    std::string ca_file{};                    // PEM; empty: the system's authorities
    std::chrono::milliseconds timeout{5000};  // of one exchange, from name look-up to the last byte
    std::size_t max_body = std::size_t{1} << 20;
    // Held against each address that is connected to, so that no name means one address when it is looked at and
    // another one when it is asked.
    Reach reach{};
};

struct HttpsAnswer {
    long status;
    std::string body;
    std::string location = {};              // of a redirect, absolute; empty: it is none
    std::vector<std::string> cookies = {};  // "name=value" of each Set-Cookie; of ask() alone
};

// No answer came, or none that is safe to read. what() is a sentence with the URL, for logs.
class Unreachable : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// Keeps connections open between requests. It follows no redirect (what is fetched decides whom we trust), knows no
// proxy, cookie or .netrc of its environment, and understands http and https alone. Any number of threads.
class HttpsClient {
public:
    explicit HttpsClient(HttpsOptions options);
    ~HttpsClient();

    // Both throw Unreachable, also for bodies over max_body; any status is an answer.
    HttpsAnswer get(const Url& url);
    // As get(), with these fields ("Name: value") and the path as it is written, "/../" too. For tools that look at how
    // somebody answers.
    HttpsAnswer ask(const Url& url, const std::vector<std::string>& fields);
    // application/x-www-form-urlencoded, with HTTP Basic (RFC 7617); `user` and `password` as they are sent;
    // without a user nothing is proven.
    HttpsAnswer post_form(const Url& url, const std::string& form, const std::string& user, const Secret& password);

    // Exchanges that wait end with Unreachable within about a second, and so do later ones, until resume().
    void stop() { stopped_ = true; }
    void resume() { stopped_ = false; }

private:
    struct Request;
    struct Handle;
    // An idle handle, or a new one.
    std::unique_ptr<Handle> take();
    // `form`: POST it; null: GET. `asked`: the fields of ask().
    HttpsAnswer perform(const Url& url, const Request* form, const std::vector<std::string>* asked = nullptr);

    const HttpsOptions options_;
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Handle>> idle_;  // under mutex_
};

// Percent-encoding of a form's values (WHATWG URL, application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text);

}  // namespace keyhold::net
