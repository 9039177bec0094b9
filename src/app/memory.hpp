// Keeping the resident memory of an idle server small.
#pragma once

namespace keyhold::app {

// Unmaps the pages of program text that only starting up needed: parsing the command line, OpenSSL's and the
// loader's set-up. What is still needed comes back from the page cache with a minor fault (about 1 us for 64 KiB).
void let_go_of_startup_code();

// The same with zxcvbn's dictionary, 1.4 MiB, which is only read when somebody chooses a password.
void let_go_of_dictionary();

}  // namespace keyhold::app
