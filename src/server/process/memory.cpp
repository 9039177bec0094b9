// SPDX-License-Identifier: Apache-2.0
#include "server/process/memory.hpp"

#include <link.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace keyhold::server {
namespace {

// What is mapped from a file and never written: dropping it loses nothing, it comes in again when it is used.
void drop(const dl_phdr_info& object, const ElfW(Phdr) & segment) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    // madvise(2) takes whole pages: the begin is rounded down, and the kernel rounds the length up.
    const std::uintptr_t begin = (object.dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object.dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // advice: refused is no harm
}

bool is_constant(const ElfW(Phdr) & segment) { return (segment.p_flags & PF_W) == 0; }

int drop_segments(dl_phdr_info* object, std::size_t, void* of_library) {
    const auto* const library = static_cast<const char*>(of_library);
    if (library != nullptr && std::string_view(object->dlpi_name).find(library) == std::string_view::npos) return 0;
    for (int i = 0; i < object->dlpi_phnum; ++i)
        if (object->dlpi_phdr[i].p_type == PT_LOAD && is_constant(object->dlpi_phdr[i]))
            drop(*object, object->dlpi_phdr[i]);
    return 0;
}

}  // namespace

void let_go_of_startup_code() { ::dl_iterate_phdr(drop_segments, nullptr); }

void let_go_of_dictionary() {
    // Not const, as dl_iterate_phdr(3) takes a void*.
    char library[] = "libzxcvbn";
    ::dl_iterate_phdr(drop_segments, library);
}

void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);  // core_pattern may name a program, which does not look at the limit (core(5))
}

}  // namespace keyhold::server
