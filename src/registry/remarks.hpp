// What is worth knowing of numbers whoever has them: the kernel's, Kubernetes' and IANA's.
#pragma once

#include <vector>

#include "portolan/registry/explain.hpp"

namespace portolan::registry {

/// On ports that somebody has (`assigned`) the remarks are warnings with their cures, else notes.
std::vector<Remark> remarks_on(std::vector<unsigned> ports, bool assigned);

/// That the convention gives a number outside of its own bounds.
void remark_on_bounds(const Explanation& explanation, std::vector<Remark>& remarks);

}  // namespace portolan::registry
