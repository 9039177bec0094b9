// A core dump would write passwords and keys to the disk.
#pragma once

namespace keyhold::app {

// None for this process, whoever asks for one; other processes of the same user cannot look into it either.
void forbid_core_dumps();

}  // namespace keyhold::app
