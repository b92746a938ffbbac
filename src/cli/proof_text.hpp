// Proofs as people read them.
#pragma once

#include "portolan/registry/proof.hpp"

namespace portolan::cli {

/// One ground: its sentence and, below it, the witnesses, those of a range in few lines.
void print_judgement(const registry::Judgement& judgement, bool colour);

}  // namespace portolan::cli
