// What the sockets ask for answers: the seam between net and whoever owns the zones.
#pragma once

#include <span>

#include "portolan/answer/respond.hpp"

namespace portolan::net {

/// Answers for one worker thread; every worker has its own. A call a batch, not a call a query.
class Responder {
public:
    virtual ~Responder() = default;
    /// Fills rooms and outcomes (answer/respond.hpp).
    virtual void respond(std::span<answer::Exchange> batch) noexcept = 0;
    /// The worker is done for now and may sleep: nothing that `respond` read is still in use.
    virtual void rest() noexcept = 0;
};

}  // namespace portolan::net
