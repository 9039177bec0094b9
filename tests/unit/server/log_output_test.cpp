// SPDX-License-Identifier: Apache-2.0
// A reader of the log that stands still: nobody waits for it, and what it gets in the end is in order and says what is
// missing.
#include "server/observe/log_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace keyhold::server {
namespace {

std::string say_dropped(std::uint64_t lines) { return "dropped " + std::to_string(lines) + "\n"; }

// What takes lines, and an end to read them at.
struct Ends {
    Descriptor reading, writing;
};

Ends pipe_ends() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Ends socket_ends() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw std::runtime_error("no sockets");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// "17 xxxx...\n": more than a pipe takes at once where it is long.
std::string numbered(std::uint64_t number, std::size_t length = 200) {
    return std::to_string(number) + " " + std::string(length, 'x') + "\n";
}

// What comes until it is enough. Nobody says anything meanwhile: the output's own thread writes.
template <class IsEnough>
std::string read_until(int descriptor, IsEnough is_enough) {
    std::string text;
    std::vector<char> part(65536);
    while (!is_enough(text)) {
        const ssize_t got = ::read(descriptor, part.data(), part.size());
        if (got <= 0) throw std::runtime_error("no more comes");
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
}

// Whether its last line says that lines are missing: it comes behind all that were kept.
bool ends_with_what_is_missing(const std::string& text) {
    const std::size_t line = text.rfind("dropped ");
    return line != std::string::npos && text.find('\n', line) == text.size() - 1;
}

std::vector<std::string> lines_of_text(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// Each line is whole, those that are there stand in their order, and as many are missing as the text says.
void expect_all_is_told(const std::string& text, std::uint64_t written) {
    ASSERT_TRUE(text.ends_with('\n'));
    std::uint64_t next = 0, said = 0;
    for (const std::string& line : lines_of_text(text)) {
        if (line.starts_with("dropped ")) {
            said += std::stoull(line.substr(8));
            next += std::stoull(line.substr(8));
            continue;
        }
        ASSERT_EQ(line + "\n", numbered(next));
        ++next;
    }
    EXPECT_EQ(next, written);
    EXPECT_GT(said, 0U);
}

// 8,000 lines of 200 bytes are more than the reader's buffer and ours take together.
constexpr std::uint64_t too_many = 8'000;

void expect_nobody_waits(const Ends& ends) {
    LogOutput output(ends.writing.get(), say_dropped);
    // A write that waited for the reader would never return: it reads later.
    for (std::uint64_t i = 0; i < too_many; ++i) output.write(numbered(i));
    EXPECT_GT(output.dropped(), 0U);
    expect_all_is_told(read_until(ends.reading.get(), ends_with_what_is_missing), too_many);
    // From now on it is as if nothing had been.
    output.write("again\n");
    EXPECT_EQ(read_until(ends.reading.get(), [](const std::string& text) { return text.ends_with('\n'); }), "again\n");
}

TEST(LogOutput, nobody_waits_for_a_pipe_that_nobody_reads) { expect_nobody_waits(pipe_ends()); }

TEST(LogOutput, nobody_waits_for_a_socket_that_nobody_reads) { expect_nobody_waits(socket_ends()); }

// As after Ctrl-S.
TEST(LogOutput, nobody_waits_for_a_terminal_that_shows_nothing_more) {
    int ours = -1, theirs = -1;
    ASSERT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
    const Ends ends{Descriptor(ours), Descriptor(theirs)};
    LogOutput output(theirs, say_dropped);
    for (std::uint64_t i = 0; i < too_many; ++i) output.write(numbered(i));
    EXPECT_GT(output.dropped(), 0U);
}

// What waits is written when there is room, without another line that comes by.
TEST(LogOutput, its_thread_writes_what_waited) {
    const Ends ends = pipe_ends();
    LogOutput output(ends.writing.get(), say_dropped);
    std::string expected;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        output.write(numbered(i));
        expected += numbered(i);
    }
    EXPECT_EQ(output.dropped(), 0U);
    const auto is_all = [&](const std::string& text) { return text.size() >= expected.size(); };
    EXPECT_EQ(read_until(ends.reading.get(), is_all), expected);
}

TEST(LogOutput, a_line_that_is_longer_than_a_pipe_is_written_whole) {
    const Ends ends = pipe_ends();
    const std::string expected = numbered(1, 200'000) + numbered(2);
    LogOutput output(ends.writing.get(), say_dropped);
    output.write(numbered(1, 200'000));
    output.write(numbered(2));
    const auto is_all = [&](const std::string& text) { return text.size() >= expected.size(); };
    EXPECT_EQ(read_until(ends.reading.get(), is_all), expected);
}

TEST(LogOutput, a_line_is_in_a_file_or_a_pipe_that_is_read_when_write_returns) {
    char name[] = "/tmp/keyhold-log-XXXXXX";
    const Descriptor file(::mkstemp(name));
    LogOutput into_file(file.get(), say_dropped);
    into_file.write("one\n");
    std::ifstream in(name);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "one\n");
    std::filesystem::remove(name);

    const Ends ends = pipe_ends();
    LogOutput into_pipe(ends.writing.get(), say_dropped);
    into_pipe.write("two\n");
    std::array<char, 16> part{};
    ASSERT_EQ(::fcntl(ends.reading.get(), F_SETFL, O_NONBLOCK), 0);
    ASSERT_EQ(::read(ends.reading.get(), part.data(), part.size()), 4);
    EXPECT_EQ(std::string_view(part.data(), 4), "two\n");
}

// Other processes write there, too, and wait for their reader as they always did.
TEST(LogOutput, the_flags_of_its_descriptor_stay_as_they_are) {
    const Ends ends = pipe_ends();
    const int before = ::fcntl(ends.writing.get(), F_GETFL);
    LogOutput output(ends.writing.get(), say_dropped);
    output.write("one\n");
    EXPECT_EQ(::fcntl(ends.writing.get(), F_GETFL), before);
}

TEST(LogOutput, a_reader_that_has_gone_is_no_reason_to_keep_lines) {
    Ends ends = socket_ends();
    LogOutput output(ends.writing.get(), say_dropped);
    for (std::uint64_t i = 0; i < too_many; ++i) output.write(numbered(i));
    const std::uint64_t before = output.dropped();
    EXPECT_GT(before, 0U);
    ::close(ends.reading.release());
    for (std::uint64_t i = 0; i < too_many; ++i) output.write(numbered(i));
    EXPECT_EQ(output.dropped(), before);
}

}  // namespace
}  // namespace keyhold::server
