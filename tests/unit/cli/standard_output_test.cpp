// SPDX-License-Identifier: Apache-2.0
#include "cli/standard_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <ostream>
#include <string>

#include "base/descriptor.hpp"

namespace keyhold::cli {
namespace {

TEST(StandardOutput, writes_all_of_it_in_order) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const Descriptor read_end(ends[0]);
    std::string expected;
    {
        const Descriptor write_end(ends[1]);
        StandardOutput buffer(write_end.get());
        std::ostream out(&buffer);
        out.exceptions(std::ios::badbit);
        for (int i = 0; i < 4000; ++i) {  // more than the buffer, less than the pipe holds
            out << i << '\n';
            expected += std::to_string(i) + '\n';
        }
        out.flush();
    }
    std::string got(expected.size() + 1, '\0');
    std::size_t size = 0;
    for (ssize_t part = 0; (part = ::read(read_end.get(), got.data() + size, got.size() - size)) > 0;)
        size += static_cast<std::size_t>(part);
    got.resize(size);
    EXPECT_EQ(got, expected);
}

TEST(StandardOutput, a_write_that_fails_is_an_exception_then_and_at_each_flush_after_it) {
    const Descriptor full(::open("/dev/full", O_WRONLY));
    StandardOutput buffer(full.get());
    std::ostream out(&buffer);
    out.exceptions(std::ios::badbit);
    out << "lost";  // in the buffer
    EXPECT_THROW(out.flush(), OutputLost);
    EXPECT_THROW(buffer.pubsync(), OutputLost);
}

TEST(StandardOutput, a_pipe_that_nobody_reads_is_told_from_a_full_disk) {
    (void)::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const Descriptor write_end(ends[1]);
    StandardOutput buffer(write_end.get());
    std::ostream out(&buffer);
    out.exceptions(std::ios::badbit);
    try {
        out << "lost" << std::flush;
        ADD_FAILURE() << "it was written to nobody";
    } catch (const OutputLost& lost) {
        EXPECT_TRUE(lost.is_broken_pipe());
    }
    EXPECT_FALSE(OutputLost(28).is_broken_pipe());  // ENOSPC
}

}  // namespace
}  // namespace keyhold::cli
