// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/lane_choice.hpp"

#include <algorithm>

namespace keyhold::crypto::bcrypt {

namespace {

// Of what is computed, tries may cost so much; unused, it is kept for the half of a chunk.
constexpr double budget_of_a_chunk = 0.01;
constexpr double most_budget = 0.5;

// A chunk is 3 ms: with a try for each four of them, nine tries of four numbers take half a second.
constexpr unsigned chunks_between_tries = 3;

// Less is noise, and not worth it.
constexpr double better = 1.01;
constexpr std::ptrdiff_t most_of_them = 7;  // of nine

}  // namespace

// A ring of the last nine.
void LaneChoice::Ratios::add(double ratio) { ratios_[count_++ % size] = ratio; }

double LaneChoice::Ratios::median() const {
    const std::size_t known = std::min(count_, size);
    std::array<double, size> sorted = ratios_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(known / 2);
    std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(known));
    return *middle;
}

// The median alone is not enough: on a machine where the speed of chunks varies by a fifth for other reasons, it looks
// better by chance every other time.
bool LaneChoice::Ratios::are_better() const {
    return count_ >= size && median() >= better &&
           std::ranges::count_if(ratios_, [](double ratio) { return ratio > 1; }) >= most_of_them;
}

// The next number of lanes in turn that is possible; it leaves `turn_` at its step, for decide().
std::optional<std::size_t> LaneChoice::candidate(std::size_t jobs) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        turn_ = (turn_ + 1) % steps.size();
        const int lanes = static_cast<int>(lanes_) + steps[turn_];
        if (lanes >= 1 && lanes <= static_cast<int>(std::min(most_, jobs))) return static_cast<std::size_t>(lanes);
    }
    return std::nullopt;
}

std::size_t LaneChoice::next(std::size_t jobs) {
    // With fewer jobs than lanes() all of them run: who paused would only wait for nothing.
    const bool is_due = tries_ == Tries::yes && jobs >= lanes_ && before_ && !trying_ && budget_ > 0 &&
                        since_try_ >= chunks_between_tries;
    if (is_due)
        if (const auto lanes = candidate(jobs)) {
            trying_ = Try{*lanes, std::nullopt};
            return *lanes;
        }
    return std::min(jobs, lanes_);
}

void LaneChoice::ran(std::size_t lanes, std::uint64_t iterations, std::chrono::nanoseconds time) {
    if (tries_ == Tries::no || iterations == 0 || time.count() <= 0) return;
    const double rate = static_cast<double>(iterations) / static_cast<double>(time.count());
    // The chunk of the try itself. The one that follows it is the second neighbour that it is compared with.
    if (trying_ && !trying_->rate && lanes == trying_->lanes) {
        trying_->rate = rate;
        since_try_ = 0;
        return;
    }
    if (lanes != lanes_) {  // jobs ended in between: what comes next meets other neighbours
        before_.reset();
        trying_.reset();
        return;
    }
    budget_ = std::min(budget_ + budget_of_a_chunk, most_budget);
    ++since_try_;
    const std::optional<Try> tried = trying_;
    const double neighbours = before_ ? (*before_ + rate) / 2 : rate;
    trying_.reset();
    before_ = rate;
    if (tried && tried->rate) decide(tried->lanes, *tried->rate / neighbours);
}

// The turn is still that of `tried`.
void LaneChoice::decide(std::size_t tried, double ratio) {
    Ratios& ratios = ratios_[turn_];
    ratios.add(ratio);
    // The cost of this try: a number of lanes with nine tenths of the speed costs a tenth of a chunk.
    budget_ -= std::max(0.0, 1 - ratios.median());
    if (!ratios.are_better()) return;
    lanes_ = tried;
    // All were ratios to the old number.
    for (Ratios& of_step : ratios_) of_step.clear();
    before_.reset();
}

}  // namespace keyhold::crypto::bcrypt
