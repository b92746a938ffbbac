// How far long work has come: told by the one who works to whoever waits for it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace portolan::source {

/// `done` of `total` parts of what `doing` names ("reading zones/elements.yaml"); 0 of 0 when the
/// parts are not known. Called from any of the threads that work, some of them at once, for a part
/// that takes milliseconds and not for less.
using Tell = std::function<void(const std::string& doing, std::size_t done, std::size_t total)>;

/// `tell` with the parts of one piece of work; nothing when nobody wants to know.
inline std::function<void(std::size_t done, std::size_t total)> about(const Tell& tell,
                                                                      std::string doing) {
    if (!tell) return [](std::size_t, std::size_t) {};
    tell(doing, 0, 0);
    return [&tell, doing = std::move(doing)](std::size_t done, std::size_t total) {
        tell(doing, done, total);
    };
}

}  // namespace portolan::source
