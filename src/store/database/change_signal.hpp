// SPDX-License-Identifier: Apache-2.0
// The number behind ChangeStore::epoch(). On SQLite it is shared by every process on the database: eight bytes of a
// small file beside it, mapped into memory. For databases that are servers see leased_change_signal.hpp.
//
// The invariant: an entry that was read from the store at epoch E is valid only while epoch() == E, and a
// reader loads the epoch BEFORE it reads the store. A writer commits first, raises second and returns third.
// So a reader that saw the account before the commit holds an epoch that is over by the time anybody is
// told of the removal. A crash between commit and raise acknowledged nothing; the next start raises.
//
// The file is part of the database like SQLite's "-wal": do not delete or truncate it while a process runs. Access to a
// mapped page that is behind the end of the file is a SIGBUS (mmap(2)). A look at the size first would only make that
// rarer, and cost a system call for each request; seals (F_SEAL_SHRINK) are for files of memfd_create(2) alone, which
// have no name by which other processes find them; a handler of SIGBUS would be the program's, not ours.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace keyhold::store {

// Any thread.
// The number says only that something has changed. What it was stands in keyhold_changes, in the database.
class ChangeSignal {
public:
    ChangeSignal() = default;
    virtual ~ChangeSignal() = default;
    ChangeSignal(const ChangeSignal&) = delete;
    ChangeSignal& operator=(const ChangeSignal&) = delete;
    virtual void raise() noexcept = 0;
    // A number that differs after each raise(). It may also be smaller than before, so callers compare it for equality
    // alone.
    virtual std::uint64_t count() const noexcept = 0;
};

// Any process.
class FileChangeSignal final : public ChangeSignal {
public:
    // Makes the file (mode 0600) or extends one that is too short. Throws Unavailable if it belongs to another
    // user, is no plain file, or there is no room for it.
    explicit FileChangeSignal(const std::string& path);
    ~FileChangeSignal() override;

    void raise() noexcept override { counter().fetch_add(1, std::memory_order_seq_cst); }
    std::uint64_t count() const noexcept override { return counter().load(std::memory_order_seq_cst); }

private:
    std::atomic_ref<std::uint64_t> counter() const noexcept { return std::atomic_ref(*mapped_); }
    std::uint64_t* mapped_;
};

// Shared between processes, so there can be no lock beside it.
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

}  // namespace keyhold::store
