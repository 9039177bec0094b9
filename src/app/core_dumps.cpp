#include "app/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace keyhold::app {

void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);  // core_pattern may name a program, which does not look at the limit (core(5))
}

}  // namespace keyhold::app
