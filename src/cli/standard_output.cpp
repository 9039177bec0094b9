// SPDX-License-Identifier: Apache-2.0
// Standard output that notices when it cannot be written: a full disk must not look like a command that printed
// nothing.
#include "cli/standard_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace keyhold::cli {

OutputLost::OutputLost(int error)
    : std::runtime_error("what this command says could not be written to standard output: " +
                         std::string(std::strerror(error))),
      broken_pipe_(error == EPIPE) {}

StandardOutput::StandardOutput(int descriptor) : descriptor_(descriptor) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
}

// A signal may interrupt a write (EINTR), which is then repeated; a pipe may take a part at a time.
void StandardOutput::put_out() {
    // After a failure what is in the buffer is thrown away.
    for (const char* next = pbase(); error_ == 0 && next < pptr();) {
        const ssize_t put = ::write(descriptor_, next, static_cast<std::size_t>(pptr() - next));
        if (put >= 0)
            next += put;
        else if (errno != EINTR)
            error_ = errno;
    }
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    if (error_ != 0) throw OutputLost(error_);
}

// Called by std::ostream when the buffer is full.
StandardOutput::int_type StandardOutput::overflow(int_type next) {
    put_out();
    if (traits_type::eq_int_type(next, traits_type::eof())) return traits_type::not_eof(next);
    *pptr() = traits_type::to_char_type(next);
    pbump(1);
    return next;
}

// Called by std::flush.
int StandardOutput::sync() {
    put_out();
    return 0;
}

// If a descriptor of these three is closed, the next file that is opened would get its number, and what is printed
// would go into that file, perhaps the database.
void occupy_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(descriptor, F_GETFD) < 0)  // the lowest free number is this one
            // The wrong direction on purpose: reading from it fails, as it would from a closed descriptor.
            (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace keyhold::cli
