// What a process calls itself, where that says something about who it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/desk/listeners.hpp"

namespace portolan::desk {

/// One of the names, when the process bears it and none other of them: its own name is it
/// ("order-api"), or a folder or file of its command line is, with or without a number behind it
/// ("/srv/helium-1"). nullopt: it says nothing, or bears `own` too.
struct Hint {
    std::string name;
    std::string where;  // "its name is order-api", "its command line has /srv/helium-1/bin"
};
std::optional<Hint> hint_of(const Process& process, const std::string& own,
                            const std::vector<std::string_view>& names);

}  // namespace portolan::desk
