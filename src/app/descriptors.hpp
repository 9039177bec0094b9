// How many files and sockets this process may have open (getrlimit(2)).
#pragma once

#include <cstddef>

namespace keyhold::app {

// Raises the limit as far as `connections` clients need it and the system lets us. Returns how many clients there is
// room for: at most `connections`, and fewer if the database would be left without descriptors.
std::size_t make_room_for(std::size_t connections);

}  // namespace keyhold::app
