// SPDX-License-Identifier: Apache-2.0
// The memory of this process: keeping it small while the server is idle, and out of the hands of others.
#pragma once

namespace keyhold::server {

// Unmaps the pages of program text and constants that only starting up needed: parsing the command line, OpenSSL's
// set-up, and the tables of relocations and symbols that the loader has read. What is still needed comes back from the
// page cache with a minor fault (about 1 us for 64 KiB).
void let_go_of_startup_code();

// The same with zxcvbn's dictionary, 1.4 MiB, which is only read when somebody chooses a password.
void let_go_of_dictionary();

// No core dump of this process, whoever asks for one: it would write passwords and keys to the disk. Other processes of
// the same user cannot look into it either. For the whole process, so it is the program's to call.
void forbid_core_dumps();

}  // namespace keyhold::server
