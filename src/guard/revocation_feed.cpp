// SPDX-License-Identifier: Apache-2.0
#include "guard/revocation_feed.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "guard/issuer.hpp"

namespace keyhold::guard {
namespace {

using namespace std::chrono_literals;

// Between two answers, so that an issuer that answers at once is not asked without pause; and after a failure.
constexpr std::chrono::milliseconds shortest_pause{50}, pause_without_news{250}, longest_pause{5000};

}  // namespace

RevocationFeed::RevocationFeed(Ways ways, Times times) : ways_(std::move(ways)), times_(times) {}

void RevocationFeed::found(const std::string& url) {
    const std::lock_guard lock(mutex_);
    url_ = url;
    if (has_begun_) launch();
}

void RevocationFeed::begin() {
    std::unique_lock lock(mutex_);
    if (!url_.empty()) {
        is_followed_ = true;
        lock.unlock();
        // On the caller's thread and without waiting for news: whoever has the guard knows what is over already.
        catch_up(0s);
        lock.lock();
    }
    has_begun_ = true;
    if (!url_.empty()) launch();
}

void RevocationFeed::launch() {
    if (has_stopped_ || thread_.joinable()) return;
    is_followed_ = true;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void RevocationFeed::stop() {
    // Taken out under the lock and ended without it, as the thread needs the lock to end.
    std::jthread thread;
    {
        const std::lock_guard lock(mutex_);
        has_stopped_ = true;
        thread = std::move(thread_);
    }
    thread.request_stop();
}  // which waits for it

std::chrono::milliseconds RevocationFeed::age() const noexcept {
    const auto at = answered_at_.load(std::memory_order_relaxed);
    if (at == std::numeric_limits<Steady::rep>::min()) return std::chrono::milliseconds::max();
    return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now().time_since_epoch() -
                                                                 Steady::duration(at));
}

std::string RevocationFeed::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void RevocationFeed::note(std::string trouble) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
}

void RevocationFeed::run(const std::stop_token& stop) {
    std::chrono::milliseconds pause = shortest_pause;
    while (!stop.stop_requested()) {
        const auto asked_at = Steady::now();
        const auto before = after_;
        if (!catch_up(times_.wait))
            // Twice as long after each failure, so that an issuer in trouble is not held down by its guards.
            pause = std::clamp(2 * pause, pause_without_news, longest_pause);
        else if (after_ == before && Steady::now() - asked_at < 1s)  // it lets nobody wait any more
            pause = pause_without_news;
        else
            pause = shortest_pause;
        std::unique_lock lock(mutex_);
        stopped_.wait_for(lock, stop, pause, [] { return false; });
    }
}

// Until there is no more at the moment. False: something went wrong.
bool RevocationFeed::catch_up(std::chrono::seconds wait) {
    std::string trouble;
    try {
        while (ask_once(wait)) {
        }
    } catch (const std::exception& problem) {
        trouble = problem.what();
        if (trouble.empty()) trouble = "what was revoked could not be fetched";
    }
    const bool is_good = trouble.empty();
    note(std::move(trouble));
    return is_good;
}

// True: there is more already.
bool RevocationFeed::ask_once(std::chrono::seconds wait) {
    const std::string url = [&] {
        const std::lock_guard lock(mutex_);
        return url_;
    }();
    const std::string body = ways_.ask(url, after_, wait);
    const std::string_view answer = body;
    const std::size_t line = answer.find('\n');
    if (line == answer.npos) throw BadAnswer(url + ": no answer as a revocation feed has them");
    const auto token = ways_.verify(answer.substr(0, line), url);
    if (!token) throw BadAnswer(url + ": " + std::string(token.error().row().code));
    const std::string_view bytes = answer.substr(line + 1);
    // The signature covers this digest, and so the bytes behind the token.
    if (token->string_claim("sha256") != base64url::encode(crypto::sha256(bytes)))
        throw BadAnswer(url + ": the bytes are not those that were signed");
    auto page = read_feed_page(token->claims(), bytes);
    // Somebody might send an older answer once more: it has to be the one to this question.
    if (!page || page->after != after_) throw BadAnswer(url + ": no answer to what was asked");
    // An issuer that always has more would be asked for ever.
    if (page->is_more && page->last == after_) throw BadAnswer(url + ": it does not go on");
    // Tokens are taken for so long behind their end, and entries matter for as long.
    page->keep += times_.leeway;
    revocations_.apply(*page, Steady::now());
    after_ = page->last;
    // Only the end of the list says that everything is known.
    if (!page->is_more) answered_at_.store(Steady::now().time_since_epoch().count(), std::memory_order_relaxed);
    if (page->keys_changed) ways_.keys_changed();
    return page->is_more;
}

}  // namespace keyhold::guard
