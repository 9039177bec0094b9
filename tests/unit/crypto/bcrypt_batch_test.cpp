// SPDX-License-Identifier: Apache-2.0
// Batch and Schedule, driven without a thread: whatever joins when, everybody gets libxcrypt's answer, in turn.
#include <map>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include "bcrypt_fixtures.hpp"
#include "crypto/bcrypt/batch.hpp"
#include "crypto/bcrypt/schedule.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

std::unique_ptr<Job> job_for(const Question& question, std::stop_token gone = {}) {
    return std::make_unique<Job>(question.ask(), std::move(gone), [](std::optional<Digest>) {});
}

TEST(BcryptBatch, lets_a_job_join_those_that_are_under_way) {
    Questions questions(10);
    const Question early = questions.next();
    const Question late = questions.next();
    Batch batch;
    std::vector<Batch::Finished> finished;
    batch.join(job_for(early));
    batch.run(10, finished);
    batch.join(job_for(late));
    batch.run(10, finished);  // stops at 6, where the first one ends
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].digest, libxcrypt(early));
    batch.run(10, finished);
    ASSERT_EQ(finished.size(), 2U);
    EXPECT_EQ(finished[1].digest, libxcrypt(late));
    EXPECT_EQ(batch.size(), 0U);
}

TEST(BcryptBatch, drops_a_job_whose_client_has_gone_and_nobody_elses) {
    Questions questions(11);
    const Question stays = questions.next();
    std::stop_source client;
    Batch batch;
    std::vector<Batch::Finished> finished;
    batch.join(job_for(questions.next(), client.get_token()));
    batch.join(job_for(stays));
    batch.run(4, finished);
    EXPECT_TRUE(finished.empty());
    client.request_stop();
    batch.run(100, finished);
    ASSERT_EQ(finished.size(), 2U);
    EXPECT_EQ(finished[0].digest, std::nullopt);
    EXPECT_EQ(finished[1].digest, libxcrypt(stays));
}

TEST(BcryptBatch, gives_everybody_up_when_it_is_told_to) {
    Questions questions(12);
    Batch batch;
    std::vector<Batch::Finished> finished;
    for (std::size_t i = 0; i < max_lanes; ++i) batch.join(job_for(questions.next()));
    EXPECT_THROW(batch.join(job_for(questions.next())), std::logic_error);
    batch.abandon(finished);
    EXPECT_EQ(finished.size(), max_lanes);
    for (const auto& one : finished) EXPECT_FALSE(one.digest);
    EXPECT_EQ(batch.size(), 0U);
}

TEST(BcryptBatch, runs_the_first_ones_while_the_others_pause) {
    Questions questions(16);
    const Question first = questions.next(), second = questions.next();
    Batch batch;
    std::vector<Batch::Finished> finished;
    batch.join(job_for(first));
    batch.join(job_for(second));
    EXPECT_EQ(batch.run(10, finished, 1).lanes, 1U);
    const auto ran = batch.run(10, finished, 1);  // stops at 6, where the first one ends
    EXPECT_EQ(ran.iterations, 6U);
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].digest, libxcrypt(first));
    EXPECT_EQ(batch.run(16, finished, 1).iterations, 16U);  // it takes the place of who left
    ASSERT_EQ(finished.size(), 2U);
    EXPECT_EQ(finished[1].digest, libxcrypt(second));
}

TEST(BcryptBatch, drops_a_job_that_pauses_when_its_client_goes) {
    Questions questions(17);
    std::stop_source client;
    Batch batch;
    std::vector<Batch::Finished> finished;
    batch.join(job_for(questions.next()));
    batch.join(job_for(questions.next(), client.get_token()));
    client.request_stop();
    batch.run(1, finished, 1);
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].digest, std::nullopt);
    EXPECT_EQ(batch.size(), 1U);
}

// Whoever pauses goes on before who came later.
TEST(BcryptBatch, keeps_the_order_in_which_they_came) {
    Questions questions(18);
    const Question first = questions.next(), second = questions.next(), third = questions.next(),
                   fourth = questions.next();
    Batch batch;
    std::vector<Batch::Finished> finished;
    for (const Question* question : {&first, &second, &third}) batch.join(job_for(*question));
    batch.run(16, finished, 1);
    batch.join(job_for(fourth));
    for (int i = 0; i < 3; ++i) batch.run(16, finished, 1);
    ASSERT_EQ(finished.size(), 4U);
    std::size_t at = 0;
    for (const Question* question : {&first, &second, &third, &fourth})
        EXPECT_EQ(finished[at++].digest, libxcrypt(*question)) << at;
}

TEST(BcryptSchedule, gives_two_jobs_to_two_idle_threads) {
    Questions questions(13);
    Schedule schedule(2);
    for (int i = 0; i < 2; ++i) schedule.add(job_for(questions.next()));
    EXPECT_TRUE(schedule.take(0, 4));
    EXPECT_FALSE(schedule.take(0, 4));
    EXPECT_TRUE(schedule.take(1, 4));
    EXPECT_EQ(schedule.running(), 2U);
}

TEST(BcryptSchedule, does_not_wait_for_a_thread_that_does_not_come) {
    Questions questions(14);
    Schedule schedule(2);
    for (int i = 0; i < 2; ++i) schedule.add(job_for(questions.next()));
    EXPECT_TRUE(schedule.take(0, 4));
    EXPECT_FALSE(schedule.take(0, 4));
    EXPECT_TRUE(schedule.take(0, 4));  // a chunk later
    EXPECT_FALSE(schedule.take(1, 4));
}

TEST(BcryptSchedule, gives_a_thread_no_more_than_it_has_room_for) {
    Questions questions(15);
    Schedule schedule(1);
    for (int i = 0; i < 3; ++i) schedule.add(job_for(questions.next()));
    EXPECT_TRUE(schedule.take(0, 2));
    EXPECT_TRUE(schedule.take(0, 2));
    EXPECT_FALSE(schedule.take(0, 2));
    schedule.finished(0, 1);
    EXPECT_TRUE(schedule.take(0, 2));
    EXPECT_EQ(schedule.waiting(), 0U);
}

// A little world: jobs come and go at random, threads run chunks in any order.
class World {
public:
    explicit World(unsigned seed)
        : questions_(seed),
          batches_(1 + questions_.below(3)),
          lanes_(1 + questions_.below(max_lanes)),
          schedule_(batches_.size()) {}

    void run(std::size_t jobs) {
        while (answered_ < jobs) {
            if (asked_.size() < jobs && questions_.below(2) == 0) arrive();
            if (questions_.below(10) == 0 && !asked_.empty())
                asked_[questions_.below(asked_.size())]->client.request_stop();
            turn(questions_.below(batches_.size()));
        }
    }

private:
    struct Asked {
        Question question;
        std::stop_source client;
        std::optional<std::optional<Digest>> answer;
    };

    void arrive() {
        auto asked = std::make_unique<Asked>();
        asked->question = questions_.next();
        asked->question.request.cost += questions_.below(8) == 0 ? 1 : 0;
        schedule_.add(std::make_unique<Job>(asked->question.ask(), asked->client.get_token(),
                                            [this, who = asked.get()](std::optional<Digest> digest) {
                                                EXPECT_FALSE(who->answer) << "answered twice";
                                                who->answer = digest;
                                                ++answered_;
                                                check(*who);
                                            }));
        asked_.push_back(std::move(asked));
    }

    void turn(std::size_t thread) {
        while (auto job = schedule_.take(thread, lanes_)) {
            EXPECT_EQ(job->request().salt, asked_[taken_]->question.request.salt) << "not first come, first served";
            ++taken_;
            batches_[thread].join(std::move(job));
        }
        EXPECT_LE(batches_[thread].size(), lanes_);
        std::vector<Batch::Finished> finished;
        // Some pause now and then, and go on where they were.
        const std::size_t most = questions_.below(3) == 0 ? 1 + questions_.below(lanes_) : lanes_;
        const auto ran = batches_[thread].run(static_cast<std::uint32_t>(1 + questions_.below(20)), finished, most);
        EXPECT_LE(ran.lanes, most);
        schedule_.finished(thread, finished.size());
        for (auto& one : finished) one.job->complete(one.digest);
    }

    void check(const Asked& asked) {
        const auto& digest = *asked.answer;
        if (digest)
            EXPECT_EQ(*digest, libxcrypt(asked.question));
        else
            EXPECT_TRUE(asked.client.stop_requested());
    }

    Questions questions_;
    std::vector<Batch> batches_;
    std::size_t lanes_;
    Schedule schedule_;
    std::vector<std::unique_ptr<Asked>> asked_;
    std::size_t taken_ = 0;
    std::size_t answered_ = 0;
};

TEST(BcryptSchedule, answers_everybody_in_turn_whatever_the_order_of_joining_and_leaving) {
    for (unsigned seed = 100; seed < 140; ++seed) World(seed).run(15);
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
