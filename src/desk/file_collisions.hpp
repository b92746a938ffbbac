// Statements of files that take the same port of the same interface.
#pragma once

#include <vector>

#include "portolan/desk/judge_files.hpp"

namespace portolan::desk {

/// A statement and its file.
struct Stated {
    const ReadFile* file = nullptr;
    const PortUse* use = nullptr;
};

/// Two that cannot both have their port; `second` comes behind `first`.
struct Collision {
    Stated first, second;
};

/// Which statements can meet depends on their kind: what compose publishes meets on one host, node
/// ports meet in one cluster, and what Tomcat and HAProxy open meets in its own file alone, for
/// files of several hosts are alike. A statement is told of once.
std::vector<Collision> collisions(const std::vector<Stated>& all);

}  // namespace portolan::desk
