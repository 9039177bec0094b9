// SPDX-License-Identifier: Apache-2.0
#include "power_cut_disk.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>

namespace keyhold::store {

namespace {

constexpr std::size_t sector = 512;

void apply(std::string& content, const PowerCutDisk::Write& write, std::size_t size) {
    const auto offset = static_cast<std::size_t>(write.offset);
    if (write.is_truncation) return content.resize(std::min(content.size(), offset));
    if (content.size() < offset + size) content.resize(offset + size, '\0');
    std::copy_n(write.bytes.begin(), size, content.begin() + static_cast<std::ptrdiff_t>(offset));
}

// What SQLite holds for an open file: ours, and behind it the real one's.
struct OpenFile {
    sqlite3_file base;
    PowerCutDisk* disk;
    std::shared_ptr<PowerCutDisk::File> file;  // null for what need not last
    sqlite3_file* real;
};
OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

int close_file(sqlite3_file* file) {
    OpenFile& open = of(file);
    const int code = open.real->pMethods->xClose(open.real);
    open.file.~shared_ptr();
    return code;
}
int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    return of(file).real->pMethods->xRead(of(file).real, into, size, offset);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    OpenFile& open = of(file);
    const std::lock_guard lock(open.disk->mutex);
    if (open.file)
        open.file->unsynced.push_back(
            {offset, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size)), false});
    return open.real->pMethods->xWrite(open.real, from, size, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    OpenFile& open = of(file);
    const std::lock_guard lock(open.disk->mutex);
    if (open.file) open.file->unsynced.push_back({size, {}, true});
    return open.real->pMethods->xTruncate(open.real, size);
}
int sync(sqlite3_file* file, int) {
    OpenFile& open = of(file);
    return !open.file || open.disk->sync(*open.file) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return of(file).real->pMethods->xFileSize(of(file).real, size);
}
int lock(sqlite3_file* file, int kind) { return of(file).real->pMethods->xLock(of(file).real, kind); }
int unlock(sqlite3_file* file, int kind) { return of(file).real->pMethods->xUnlock(of(file).real, kind); }
int check_reserved_lock(sqlite3_file* file, int* result) {
    return of(file).real->pMethods->xCheckReservedLock(of(file).real, result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return of(file).real->pMethods->xFileControl(of(file).real, operation, argument);
}
int sector_size(sqlite3_file* file) { return of(file).real->pMethods->xSectorSize(of(file).real); }
int device_characteristics(sqlite3_file* file) {
    return of(file).real->pMethods->xDeviceCharacteristics(of(file).real);
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** mapped) {
    return of(file).real->pMethods->xShmMap(of(file).real, page, size, extend, mapped);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return of(file).real->pMethods->xShmLock(of(file).real, offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { of(file).real->pMethods->xShmBarrier(of(file).real); }
int shm_unmap(sqlite3_file* file, int remove) { return of(file).real->pMethods->xShmUnmap(of(file).real, remove); }

// Version 2: without xFetch, so that nothing is written by way of mapped memory.
constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     check_reserved_lock,
                                     file_control,
                                     sector_size,
                                     device_characteristics,
                                     shm_map,
                                     shm_lock,
                                     shm_barrier,
                                     shm_unmap,
                                     nullptr,
                                     nullptr};

PowerCutDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<PowerCutDisk*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    PowerCutDisk& disk = disk_of(vfs);
    auto* const open = new (file) OpenFile{};
    open->disk = &disk;
    open->real = reinterpret_cast<sqlite3_file*>(open + 1);
    constexpr int lasting = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    if (path != nullptr && (flags & lasting) != 0) open->file = disk.file_at(path);
    const int code = disk.real->xOpen(disk.real, path, open->real, flags, flags_out);
    open->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
    if (code != SQLITE_OK) open->file.~shared_ptr();
    return code;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    disk_of(vfs).forget(path);
    return disk_of(vfs).real->xDelete(disk_of(vfs).real, path, sync_folder);
}

}  // namespace

PowerCutDisk::PowerCutDisk(Honesty honesty)
    : real(sqlite3_vfs_find(nullptr)), honesty_(honesty), vfs_(std::make_unique<sqlite3_vfs>(*real)) {
    vfs_->zName = "power-cut";
    vfs_->pNext = nullptr;
    vfs_->szOsFile = static_cast<int>(sizeof(OpenFile)) + real->szOsFile;
    vfs_->pAppData = this;
    vfs_->xOpen = open_file;
    vfs_->xDelete = delete_file;
    // The rest is copied from the real one, and none of it uses pAppData but unix's own choice of locks.
    vfs_->xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* result) {
        return disk_of(vfs).real->xAccess(disk_of(vfs).real, path, flags, result);
    };
    vfs_->xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* full) {
        return disk_of(vfs).real->xFullPathname(disk_of(vfs).real, path, size, full);
    };
    sqlite3_vfs_register(vfs_.get(), 1);
}

PowerCutDisk::~PowerCutDisk() {
    sqlite3_vfs_unregister(vfs_.get());
    sqlite3_vfs_register(real, 1);
}

std::shared_ptr<PowerCutDisk::File> PowerCutDisk::file_at(const std::string& path) {
    const std::lock_guard lock(mutex);
    auto& file = files_[path];
    if (file) return file;
    file = std::make_shared<File>();
    std::ifstream existing(path, std::ios::binary);
    file->synced.assign(std::istreambuf_iterator<char>(existing), {});
    return file;
}

void PowerCutDisk::forget(const std::string& path) {
    const std::lock_guard lock(mutex);
    files_.erase(path);
}

bool PowerCutDisk::sync(File& file) {
    const std::lock_guard lock(mutex);
    if (honesty_ == Honesty::lies) return true;
    const bool fails = failing_ > 0;
    if (fails) --failing_;
    // A file's length is not a page: it is in the journal of the file system.
    for (const Write& write : file.unsynced)
        if (!fails || write.is_truncation || fate_() % 4 == 0) apply(file.synced, write, write.bytes.size());
    file.unsynced.clear();
    return !fails;
}

void PowerCutDisk::cut(const std::filesystem::path& folder, unsigned seed) {
    std::mt19937 chance(seed);
    const std::lock_guard lock(mutex);
    for (const auto& [path, file] : files_) {
        std::string content = file->synced;
        for (const Write& write : file->unsynced) {
            const unsigned fate = chance() % 4;
            const std::size_t sectors = write.bytes.size() / sector;
            if (fate < 2) apply(content, write, write.bytes.size());
            if (fate == 2) apply(content, write, sectors == 0 ? 0 : sector * (chance() % sectors));
        }
        std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary) << content;
    }
}

}  // namespace keyhold::store
