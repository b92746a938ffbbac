// The convention that explains most of a flat list of ports.
//
// A list says "oxygen, snmp, instance 4: 40805" a few hundred times, with mistakes in it. Each
// decimal digit of its numbers is taken for a digit of the instance, of the application's id, of
// the type's id, or for a fixed one, in every way that a pattern can say; and under each of them
// the rows vote for the ids. The way that explains most rows is the convention; rows that it does
// not explain are the exceptions. A list may have services of their own too, with numbers that
// follow nothing: an application whose id is another's, or that most of its rows do not follow, is
// a stranger to the convention, and has no say in it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "portolan/desk/imported.hpp"

namespace portolan::desk {

/// A fact that names application, type and perhaps instance, the names as labels.
struct KeyedPort {
    const ImportedPort* port = nullptr;
    std::string application;
    std::string type;
    std::string environment;  // "" when the file has none
    unsigned instance = 1;
    bool has_instance = false;
};

/// What the fact says by itself, "hydrogen-ajp" taken apart at its last hyphen; nullopt without an
/// application or a type.
std::optional<KeyedPort> keyed(const ImportedPort& port);

struct Inferred {
    registry::Convention convention;  // labels are those of the facts
    std::size_t explained = 0;
    struct Exception {
        KeyedPort fact;
        std::optional<unsigned> expected;  // by the convention; nullopt: it has no such name
    };
    std::vector<Exception> exceptions;  // strangers' are none
    std::set<std::string> strangers;    // applications that the convention is not about
};

/// nullopt when no convention explains more than half of the facts.
std::optional<Inferred> infer(std::vector<KeyedPort> facts);

}  // namespace portolan::desk
