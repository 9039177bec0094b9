// SPDX-License-Identifier: Apache-2.0
// Files that hold secrets.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::server {

// All of a file, at most 1 MiB. What is no file may come from another program (`<(...)`, a FIFO): it is waited for, but
// no longer than `patience`, as a server that reloads its settings hears of no signal meanwhile. Refused:
// configuration, with the path and the reason.
constexpr std::chrono::seconds patience_with_programs{5};
Result<Secret> read_text_file(const std::string& path, std::chrono::milliseconds patience = patience_with_programs);
// For what a command is given, which may come from a program that asks a person for a passphrase.
constexpr std::chrono::hours patience_with_people{24};

// Refused: configuration, with the path and the reason, for a file that cannot be read, or holds no certificate in PEM.
Result<> check_authorities(const std::string& path);

// Whether nothing at all has this name. A link that leads nowhere is there, and so is what cannot be looked at, as in a
// folder that is closed to us: whoever goes on as if there were no file would pass over what somebody has set.
bool is_absent(const std::string& path);

// Whether group or others may read the file.
bool is_readable_by_others(const std::string& path);

// Makes a file that only its owner may read, with this content, on disk when it returns; never overwrites one.
// False if it exists already. Refused: configuration, if it cannot be made.
Result<bool> create_private_file(const std::string& path, const Secret& content);

// A file that everybody may read, in the place of an older one, but of no link and no device. Not synced: it can be
// made again. Refused: configuration, with the path and the reason.
Result<> write_public_file(const std::string& path, std::string_view content);

// A file that its owner alone may read, written piece by piece. It has a draft's name until it is complete: what is
// under its own name is whole, and on disk.
class PrivateFile {
public:
    enum class Over : std::uint8_t { nothing, older_file };  // what it may take the place of; never of a link
    // Opens the draft. Whether that worked is told by check(), so that a caller can ask before it does long work.
    PrivateFile(std::string path, Over over);
    PrivateFile(const PrivateFile&) = delete;
    PrivateFile& operator=(const PrivateFile&) = delete;
    // The draft goes, unless close() has given it its name.
    ~PrivateFile();

    // Does nothing once something has failed.
    void write(std::string_view text);
    // Refused: configuration, if something was in its way or could not be written; also before anything was.
    Result<> check() const;
    // Writes to the disk and gives the file its name. To be called once, at the end.
    Result<> close();

private:
    void fail(std::string why);
    const std::string path_, draft_;
    const Over over_;
    std::string problem_;
    Descriptor file_;
};

}  // namespace keyhold::server
