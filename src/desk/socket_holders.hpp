// Whose a socket is: from its inode to the processes that have it open (/proc/*/fd).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "portolan/desk/listeners.hpp"

namespace portolan::desk {

/// The processes of each of those inodes that this user may see, by rising id. One walk over /proc.
std::multimap<std::uint64_t, Process> holders_of(std::vector<std::uint64_t> inodes);

/// "root"; the number where nobody has that name.
std::string user_name(std::uint32_t user);

}  // namespace portolan::desk
