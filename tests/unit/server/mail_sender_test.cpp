// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/mail_sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "crypto/random.hpp"
#include "server/library/testing.hpp"
#include "store/stores.hpp"

namespace keyhold::server {
namespace {

using net::Delivery;
using std::chrono::hours;
using std::chrono::seconds;
using store::MailState;
using testing::HasSubstr;

class MailSenderTest : public testing::Test {
protected:
    MailSenderTest() {
        const auto path = folder_.path() / "keyhold.db";
        stores_.emplace(
            store::open_stores("sqlite:///" + path.string(), {.make = store::Make::what_is_missing}).value());
        outbox_.emplace(stores_->database);
        settings_ =
            load_settings(Mode::serve, {.flags = {{"mail_from", "keyhold@example.org"}, {"mail_from_name", "Notes"}},
                                        .environment = {},
                                        .config_file = {},
                                        .default_file = {}})
                .value()
                .settings;
        make_sender();
    }

    void make_sender() {
        sender_.emplace(*outbox_, clock_, settings_,
                        MailSender::Parts{.prepare = [this](const store::OutboxMail& mail) { return prepare(mail); },
                                          .deliver =
                                              [this](const mail::Message& message) {
                                                  messages_.push_back(message);
                                                  if (while_sending_) while_sending_();
                                                  return net::SmtpOutcome{delivery_, "said"};
                                              },
                                          .warn = [this](std::string_view text) { warnings_.emplace_back(text); },
                                          .patience = std::chrono::milliseconds(30'000)});
    }

    Prepared prepare(const store::OutboxMail& mail) const {
        if (mail.account == "gone") return Undeliverable{"the account is gone"};
        return Letter{.facts = {.service = "Notes", .to = mail.address}, .expires_at = clock_.now() + life_};
    }

    std::string add(std::string_view account = "", std::string_view kind = "test", std::string_view language = "en") {
        const auto mail =
            domain::make_mail(kind, account, "ann@example.com", {.language = language}, clock_.now(), random_);
        outbox_->add(mail);
        return mail.id;
    }
    store::OutboxMail at(const std::string& id) { return outbox_->find(id).value(); }

    TestFolder folder_;
    FixedClock clock_{Time(seconds(1'800'000'000))};
    crypto::SystemRandom random_;
    std::optional<store::Stores> stores_;
    std::optional<store::OutboxStore> outbox_;
    Settings settings_;
    std::optional<MailSender> sender_;
    Delivery delivery_ = Delivery::sent;
    seconds life_ = hours(24);
    std::function<void()> while_sending_;
    std::vector<mail::Message> messages_;
    std::vector<std::string> warnings_;
};

TEST_F(MailSenderTest, sends_what_is_due_once) {
    const auto id = add("", "test", "de-AT");
    EXPECT_EQ(sender_->send_due(), 1U);
    ASSERT_EQ(messages_.size(), 1U);
    EXPECT_EQ(messages_[0].id, id);
    EXPECT_EQ(messages_[0].to, "ann@example.com");
    EXPECT_EQ(messages_[0].subject, "Eine Probe-Mail von Notes");
    EXPECT_EQ(at(id).state, MailState::sent);
    EXPECT_EQ(at(id).said, "said");
    EXPECT_EQ(sender_->send_due(), 0U);
}

TEST_F(MailSenderTest, a_mail_that_nobody_took_is_tried_with_longer_and_longer_pauses_for_a_day) {
    const auto id = add();
    const Time begin = clock_.now();
    delivery_ = Delivery::try_again;
    std::vector<std::int64_t> pauses;
    while (at(id).state == MailState::waiting) {
        const Time before = clock_.now();
        ASSERT_EQ(sender_->send_due(), 1U);
        if (at(id).state == MailState::waiting) clock_.set(at(id).due_at);
        pauses.push_back((clock_.now() - before).count());
    }
    EXPECT_EQ(std::vector(pauses.begin(), pauses.begin() + 9),
              (std::vector<std::int64_t>{30, 60, 120, 240, 480, 960, 1920, 3600, 3600}));
    EXPECT_EQ(at(id).state, MailState::dead);
    EXPECT_LE(clock_.now() - begin, hours(24));
    EXPECT_GT(clock_.now() - begin, hours(22));
    EXPECT_EQ(warnings_.size(), 1U) << "said once";
    for (const auto& message : messages_) EXPECT_EQ(mail::written(message), mail::written(messages_[0]));
}

TEST_F(MailSenderTest, a_mail_that_was_refused_for_good_is_dead_at_once) {
    const auto id = add();
    delivery_ = Delivery::never;
    sender_->send_due();
    EXPECT_EQ(at(id).state, MailState::dead);
    EXPECT_EQ(at(id).said, "said");
}

TEST_F(MailSenderTest, what_a_mail_says_is_good_for_a_while_and_nobody_sends_it_later) {
    const auto id = add();
    life_ = seconds(1200);
    const Time end = clock_.now() + life_;
    delivery_ = Delivery::try_again;
    while (at(id).state == MailState::waiting) {
        clock_.set(at(id).due_at);
        life_ = std::chrono::duration_cast<seconds>(end - clock_.now());
        sender_->send_due();
    }
    EXPECT_LT(clock_.now(), end);
    EXPECT_EQ(messages_.size(), 6U);  // after 0, 30, 90, 210, 450 and 930 s; the next one is due after 1,890
}

TEST_F(MailSenderTest, what_cannot_be_said_is_not_sent) {
    const auto gone = add("gone"), unknown = add("", "of a newer version");
    sender_->send_due();
    EXPECT_TRUE(messages_.empty());
    EXPECT_EQ(at(gone).said, "the account is gone");
    EXPECT_EQ(at(gone).state, MailState::voided) << "nobody has to look after it";
    EXPECT_THAT(at(unknown).said, HasSubstr("cannot write"));
    EXPECT_EQ(at(unknown).state, MailState::dead);
}

TEST_F(MailSenderTest, whoever_is_told_to_stop_finishes_the_mail_that_he_is_at) {
    const auto first = add(), second = add();
    while_sending_ = [this] { sender_->stop(); };
    EXPECT_EQ(sender_->send_due(), 1U);
    EXPECT_EQ((at(first).state == MailState::sent) + (at(second).state == MailState::sent), 1);
}

TEST_F(MailSenderTest, a_mail_that_was_cut_by_the_stop_is_due_at_once_elsewhere) {
    const auto id = add();
    delivery_ = Delivery::try_again;
    while_sending_ = [this] { sender_->stop(); };
    sender_->send_due();
    EXPECT_EQ(at(id).due_at, clock_.now());
    EXPECT_TRUE(warnings_.empty());
}

TEST_F(MailSenderTest, nobody_else_tries_while_somebody_may_still_be_waiting) {
    const auto id = add();
    while_sending_ = [&] { EXPECT_FALSE(outbox_->lease(clock_.now() + seconds(30), clock_.now() + hours(1))); };
    sender_->send_due();
    EXPECT_EQ(at(id).attempts, 1);
}

TEST(OutboxPause, is_twice_as_long_each_time_up_to_an_hour) {
    EXPECT_EQ(domain::pause_before_next_try(1), seconds(30));
    EXPECT_EQ(domain::pause_before_next_try(2), seconds(60));
    EXPECT_EQ(domain::pause_before_next_try(8), seconds(3600));
    EXPECT_EQ(domain::pause_before_next_try(1'000'000), seconds(3600));
    EXPECT_EQ(domain::pause_before_next_try(0), seconds(30));
}

}  // namespace
}  // namespace keyhold::server
