// SPDX-License-Identifier: Apache-2.0
#include "domain/event_chain.hpp"

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::domain {

namespace {

constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
constexpr std::size_t most_problems = 100;
constexpr std::chrono::hours kept_every{1};

KeyRules rules() {
    return {.algorithm = jose::find_algorithm("EdDSA"), .token_lifetime = {}, .rotation = {}, .jwks_max_age = {}};
}

// What is signed. No other key of ours signs anything that begins so.
std::string text_of(const store::Checkpoint& point) {
    std::string text("keyhold checkpoint of events ");
    json::Writer out(text);
    out.begin_array();
    out.value(point.is_stub ? "stub" : "checkpoint");
    out.value(point.sequence);
    out.value(point.hash);
    out.value(std::int64_t{point.at.time_since_epoch().count()});
    out.end_array();
    return text;
}

}  // namespace

const Section& event_section() {
    static const Section section = make_section<EventSettings>(
        "events", "How long events are kept, and whether they stand in the log: [events.md](events.md).",
        event_setting_rows);
    return section;
}

EventChain::EventChain(std::shared_ptr<store::Database> database, KeySealer sealer, const Clock& clock, Random& random)
    : store_(database),
      clock_(clock),
      keys_(std::move(database), std::string(event_key_purpose)),
      ring_(keys_, std::move(sealer), clock, random, rules()) {}

std::int64_t EventChain::seal() {
    std::int64_t all = 0;
    // Fewer than were asked for means that there are no more. Many transactions rather than a long one, because those
    // who log in write events too.
    for (std::int64_t some = at_once; some == at_once; all += some) some = store_.seal(at_once);
    return all;
}

std::optional<jose::Key> EventChain::key_that_signs() {
    ring_.begin();
    // First the key that is there. If it cannot be opened, as after the key file was lost, a new one begins at once,
    // so that the chain goes on being signed.
    for (const bool is_new : {false, true}) {
        if (is_new && !ring_.rotate(Begins::at_once)) return std::nullopt;
        const Keys keys = ring_.list();
        const StoredKey* const signer = find_signer(keys, clock_.now());
        if (signer == nullptr) continue;
        if (auto key = ring_.open(*signer)) return key;
    }
    return std::nullopt;
}

store::Checkpoint EventChain::signed_point(const jose::Key& key, const store::ChainEnd& end, bool is_stub) const {
    store::Checkpoint point{end.sequence, end.hash, clock_.now(), is_stub, key.kid(), {}};
    // The signature is over `text_of`, which holds every field of the point but the key's id.
    point.signature = base64url::encode(key.sign(text_of(point)));
    return point;
}

std::optional<store::Checkpoint> EventChain::sign() {
    const store::ChainEnd end = store_.end();
    if (end.sequence == 0) return std::nullopt;
    const auto last = store_.last_checkpoints();
    // The end of the chain is signed already: nothing happened since, or another node has signed it.
    if (!last.empty() && last[0].sequence >= end.sequence) return std::nullopt;
    const auto key = key_that_signs();
    if (!key) return std::nullopt;
    auto point = signed_point(*key, end, false);
    // The last signature is good for all before it. Of the others one an hour stays, to see when a change was made.
    std::optional<std::int64_t> not_needed;
    if (last.size() == 2 && last[0].at - last[1].at < kept_every) not_needed = last[0].sequence;
    if (!store_.add_checkpoint(point, not_needed)) return std::nullopt;  // another node was first
    return point;
}

bool EventChain::forget_some_before(Time time) {
    // Only from the begin of the chain on, as a gap in its middle would break it.
    const auto end = store_.end_of_those_before(time, at_once);
    if (!end) return false;
    const auto key = key_that_signs();
    return key && store_.forget(signed_point(*key, *end, true));
}

bool EventChain::is_signed(const store::Checkpoint& point) {
    // A chain of years has thousands of checkpoints and a few keys.
    if (!opened_.contains(point.kid)) {
        const Keys keys = ring_.list();
        const StoredKey* const key = find_key(keys, point.kid);
        opened_.emplace(point.kid, key != nullptr ? ring_.open(*key) : std::nullopt);
    }
    const auto& key = opened_.at(point.kid);
    const auto signature = base64url::decode(point.signature);
    return key && signature && key->verify(text_of(point), *signature);
}

// One walk along the chain.
class EventChain::Check {
public:
    Check(EventChain& chain, Report& report) : chain_(chain), report_(report) {}

    void begin(std::vector<store::Checkpoint> points);
    void take(const store::Event& event);
    void finish(const store::ChainEnd& end, const std::optional<store::ChainEnd>& known);
    void expect(const store::ChainEnd& known) { known_ = known; }

private:
    void complain(std::int64_t sequence, std::string what) {
        if (report_.problems.size() < most_problems) report_.problems.push_back({sequence, std::move(what)});
    }
    void look_at_person(const store::Event& event);
    bool may_be_erased(const std::string& account_id);

    EventChain& chain_;
    Report& report_;
    std::map<std::int64_t, store::Checkpoint> points_;
    std::optional<store::ChainEnd> known_;
    std::int64_t sequence_ = 0;
    std::string hash_;
    std::map<std::string, bool> deleted_;
};

void EventChain::Check::begin(std::vector<store::Checkpoint> points) {
    for (store::Checkpoint& point : points) {
        if (!chain_.is_signed(point)) {
            // Such a point is left out of points_, and so proves nothing of the events before it.
            complain(point.sequence, "the signature of the checkpoint is not good, or its key (" + point.kid +
                                         ") cannot be opened with this key file");
            continue;
        }
        // The events up to the stub were deleted, and its signature stands for them: the walk begins with its hash.
        if (point.is_stub) {
            sequence_ = point.sequence;
            hash_ = point.hash;
        }
        ++report_.checkpoints;
        points_.emplace(point.sequence, std::move(point));
    }
    if (!points_.empty()) report_.signed_end = {points_.rbegin()->first, points_.rbegin()->second.hash};
}

bool EventChain::Check::may_be_erased(const std::string& account_id) {
    if (account_id.empty()) return false;
    // Asked once for each account, as an account has many events.
    const auto known = deleted_.find(account_id);
    if (known != deleted_.end()) return known->second;
    return deleted_.emplace(account_id, chain_.store_.was_deleted(account_id)).first->second;
}

void EventChain::Check::look_at_person(const store::Event& event) {
    const std::string digest = store::personal_digest_of(event);
    // The chain holds a digest of what an event says of a person instead of the text, so that the text can be erased
    // while the chain stays whole.
    if (digest == event.personal_digest) return;
    // Erasing takes the salt too. What still has either was not erased but changed.
    if (!digest.empty() || !event.salt.empty()) {
        complain(event.sequence.value_or(0), "what it says of a person was changed");
        return;
    }
    ++report_.erased;
    if (!may_be_erased(event.account_id) && !may_be_erased(event.actor_id))
        complain(event.sequence.value_or(0), "what it said of a person is gone, and no account was deleted");
}

void EventChain::Check::take(const store::Event& event) {
    const std::int64_t number = event.sequence.value_or(0);
    if (number != sequence_ + 1)
        complain(number, sequence_ == 0 ? "the chain begins here, and no signed stub says why"
                                        : "the events behind " + std::to_string(sequence_) + " are missing");
    // From a gap on, what is left is held against itself.
    else if (event.hash != store::hash_of(event, hash_))
        complain(number, "it is not what it was when it was sealed, or not in its place");
    if (const auto point = points_.find(number); point != points_.end() && point->second.hash != event.hash)
        complain(number, "it is not what was signed");
    if (known_ && known_->sequence == number && known_->hash != event.hash)
        complain(number, "it is not what you know of it");
    look_at_person(event);
    if (report_.events++ == 0) report_.first = number;
    sequence_ = report_.last = number;
    hash_ = event.hash;
}

void EventChain::Check::finish(const store::ChainEnd& end, const std::optional<store::ChainEnd>& known) {
    report_.end = {sequence_, hash_};
    if (end.sequence > sequence_ || report_.signed_end.sequence > sequence_)
        complain(0, "the events behind " + std::to_string(sequence_) + " are missing: there were " +
                        std::to_string(std::max(end.sequence, report_.signed_end.sequence)));
    if (known && known->sequence > sequence_)
        complain(0, "event " + std::to_string(known->sequence) + ", which you know of, is missing");
    if (report_.events > 0 && report_.checkpoints == 0)
        complain(0, "nothing of the chain is signed: whoever could write to the database could have made all of it");
}

// Events that come meanwhile stand behind those that were read.
EventChain::Report EventChain::verify(const std::optional<store::ChainEnd>& known, const Progress& progress) {
    Report report;
    Check check(*this, report);
    const store::ChainEnd end = store_.end();
    check.begin(store_.checkpoints());
    if (known) check.expect(*known);
    constexpr int page = 1000;
    std::vector<store::Event> events;
    std::int64_t last = 0;
    do {
        events = store_.after(last, page);
        for (const store::Event& event : events) check.take(event);
        if (!events.empty()) last = events.back().sequence.value_or(0);
        progress(report.events);
    } while (events.size() == static_cast<std::size_t>(page));
    check.finish(end, known);
    return report;
}

}  // namespace keyhold::domain
