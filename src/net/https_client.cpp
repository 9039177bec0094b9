// SPDX-License-Identifier: Apache-2.0
#include "net/https_client.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/percent_encoding.hpp"
#include "base/text.hpp"
#include "net/curl.hpp"

namespace keyhold::net {
namespace {

constexpr std::size_t most_idle = 8;  // connections kept open: as many as ask at once in a busy program

// What one exchange gathers; libcurl's callbacks are given it.
struct Received {
    std::string body;
    std::size_t most;
    const std::atomic<bool>* stopped;
    bool is_too_large = false;
};

// An exception must not go through libcurl, which is C: whatever cannot be taken ends the exchange.
std::size_t receive(char* bytes, std::size_t, std::size_t size, void* into) {
    auto& received = *static_cast<Received*>(into);
    if (received.body.size() + size > received.most) {
        received.is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    try {
        received.body.append(bytes, size);
    } catch (const std::bad_alloc&) {
        return CURL_WRITEFUNC_ERROR;
    }
    return size;
}

// A field of the answer.
std::size_t receive_field(char* bytes, std::size_t, std::size_t size, void* into) {
    constexpr std::string_view name = "set-cookie:";
    std::string_view line(bytes, size);
    if (line.size() <= name.size() || !equal_ignoring_case(line.substr(0, name.size()), name)) return size;
    line.remove_prefix(name.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    try {
        static_cast<std::vector<std::string>*>(into)->emplace_back(line.substr(0, line.find_first_of(";\r\n")));
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return size;
}

int look_if_stopped(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Received*>(of)->stopped->load() ? 1 : 0;
}

// What one exchange may connect to, and whether it wanted to elsewhere.
struct Connecting {
    const Reach& reach;
    bool is_refused = false;
};

// Called for each address right before it is connected to, so what was looked up before does not matter.
curl_socket_t open_socket(void* of, curlsocktype, curl_sockaddr* to) {
    auto& connecting = *static_cast<Connecting*>(of);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool is_named =
        getnameinfo(&to->addr, to->addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0;
    const auto address = is_named ? IpAddress::parse(text.data()) : std::nullopt;
    if (!address || !connecting.reach.holds(*address)) {
        connecting.is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace

struct HttpsClient::Request {
    const std::string& form;
    const std::string& user;
    const Secret& password;
};

// A handle of libcurl with the connection that it keeps open. Used by one thread at a time.
struct HttpsClient::Handle {
    CURL* curl = libcurl().easy_init();
    ~Handle() { libcurl().easy_cleanup(curl); }
};

HttpsClient::HttpsClient(HttpsOptions options) : options_(std::move(options)) {}
HttpsClient::~HttpsClient() = default;

HttpsAnswer HttpsClient::get(const Url& url) { return perform(url, nullptr); }

HttpsAnswer HttpsClient::ask(const Url& url, const std::vector<std::string>& fields) {
    return perform(url, nullptr, &fields);
}

HttpsAnswer HttpsClient::post_form(const Url& url, const std::string& form, const std::string& user,
                                   const Secret& password) {
    const Request request{form, user, password};
    return perform(url, &request);
}

// The last one that was given back, as its connection is the least likely to be over.
std::unique_ptr<HttpsClient::Handle> HttpsClient::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto handle = std::move(idle_.back());
            idle_.pop_back();
            return handle;
        }
    }
    auto handle = std::make_unique<Handle>();
    if (handle->curl == nullptr) throw std::bad_alloc();
    return handle;
}

// One exchange, on the caller's thread. `asked` are the fields of ask(), null for everything else.
HttpsAnswer HttpsClient::perform(const Url& url, const Request* form, const std::vector<std::string>* asked) {
    if (stopped_) throw Unreachable("stopped");
    auto handle = take();
    CURL* const curl = handle->curl;
    Received received{{}, options_.max_body, &stopped_};
    std::array<char, CURL_ERROR_SIZE> why{};
    bool is_set = true;
    const auto set = [&](CURLoption option, auto value) {
        is_set = libcurl().easy_setopt(curl, option, value) == CURLE_OK && is_set;
    };
    // Options of the exchange before are gone, connections and sessions of TLS stay (curl_easy_reset(3)).
    libcurl().easy_reset(curl);
    set(CURLOPT_URL, url.text.c_str());
    set(CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // An empty text switches off what the environment says (http_proxy and its kin).
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // Without it libcurl may use signals for the time of a look-up, which several threads cannot.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    // By Content-Length, before the body comes; receive() counts what comes without one.
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.max_body));
    set(CURLOPT_WRITEFUNCTION, receive);
    set(CURLOPT_WRITEDATA, &received);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, look_if_stopped);
    set(CURLOPT_XFERINFODATA, &received);
    Connecting connecting{options_.reach};
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, &connecting);
    set(CURLOPT_ERRORBUFFER, why.data());
    set(CURLOPT_USERAGENT, "keyhold");
    std::unique_ptr<curl_slist, FreeList> fields;
    const auto add_field = [&](const char* line) {
        curl_slist* const longer = libcurl().slist_append(fields.get(), line);
        if (longer == nullptr) throw std::bad_alloc();
        (void)fields.release();
        fields.reset(longer);
    };
    if (asked == nullptr) add_field("Accept: application/json");
    std::vector<std::string> cookies;
    if (asked != nullptr) {
        for (const std::string& line : *asked) add_field(line.c_str());
        // Otherwise libcurl takes "/../" out of the path before it asks.
        set(CURLOPT_PATH_AS_IS, 1L);
        set(CURLOPT_HEADERFUNCTION, receive_field);
        set(CURLOPT_HEADERDATA, &cookies);
    }
    set(CURLOPT_HTTPHEADER, fields.get());
    if (form != nullptr) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form->form.size()));
        set(CURLOPT_POSTFIELDS, form->form.c_str());
        if (!form->user.empty()) {
            set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
            set(CURLOPT_USERNAME, form->user.c_str());
            set(CURLOPT_PASSWORD, std::string(form->password.reveal()).c_str());
        }
    }
    if (!is_set) throw std::runtime_error("libcurl does not take an option");
    do_not_wait_for_names(curl);
    const NoSigpipe no_sigpipe;
    const CURLcode done = libcurl().easy_perform(curl);
    if (done != CURLE_OK) {
        const bool is_too_large = done == CURLE_FILESIZE_EXCEEDED || received.is_too_large;
        const std::string said = is_too_large            ? "the answer is too large"
                                 : connecting.is_refused ? "it has an address that is not reached from here"
                                 : why[0] != '\0'        ? std::string(why.data())
                                                         : std::string(libcurl().easy_strerror(done));
        throw Unreachable(url.text + ": " + said);
    }
    HttpsAnswer answer{0, std::move(received.body)};
    libcurl().easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    const char* location = nullptr;
    // What would be followed if redirects were: libcurl has made it absolute.
    libcurl().easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.location = location;
    answer.cookies = std::move(cookies);
    libcurl().easy_reset(curl);  // forgets the password; the connection stays
    const std::lock_guard lock(mutex_);
    // A handle whose exchange has failed does not come here: its connection may hold half an answer.
    if (idle_.size() < most_idle) idle_.push_back(std::move(handle));
    return answer;
}

std::string form_encoded(std::string_view text) {
    std::string encoded = percent_encoded(text, "-._* ");
    std::ranges::replace(encoded, ' ', '+');
    return encoded;
}

}  // namespace keyhold::net
