// SPDX-License-Identifier: Apache-2.0
// Standard output of a command. What cannot be written ends the command with an exception at once: a disk that is full,
// a pipe that nobody reads, a descriptor that was closed. Nothing is lost with exit code 0.
#pragma once

#include <array>
#include <stdexcept>
#include <streambuf>

namespace keyhold::cli {

class OutputLost final : public std::runtime_error {
public:
    explicit OutputLost(int error);
    // True if the reader closed the pipe, as `head -1` does: it has read all that it wants, so this is no error to
    // report.
    bool is_broken_pipe() const { return broken_pipe_; }

private:
    bool broken_pipe_;
};

// For an ostream with exceptions(std::ios::badbit), which hands OutputLost on to whoever writes or flushes.
class StandardOutput final : public std::streambuf {
public:
    explicit StandardOutput(int descriptor);

protected:
    // The buffer is full; both throw OutputLost.
    int_type overflow(int_type next) override;
    int sync() override;

private:
    void put_out();

    const int descriptor_;
    int error_ = 0;  // of the first write that failed: nothing is written after it
    std::array<char, 16384> buffer_;
};

// Opens descriptors 0, 1 and 2 where the caller left them closed, so that reading and writing them fails. Otherwise the
// next file that is opened, such as the database, would get that number and what is printed.
void occupy_standard_descriptors();

}  // namespace keyhold::cli
