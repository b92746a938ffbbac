// Messages that together answer one query over TCP: a zone transfer.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace portolan::net {

/// Made by a worker, asked for its messages on the streaming thread alone (streaming.hpp).
class Stream {
public:
    virtual ~Stream() = default;
    /// Calls `ready`, on any thread, when the messages can be asked for without a wait: at once,
    /// unless something is to be done before.
    virtual void prepare(std::function<void()> ready) { ready(); }
    enum class Next : std::uint8_t { message, end, failed };
    /// Puts the next message into `message`, without the two octets of its length. At the end the
    /// connection goes on with other queries; after a failure it is closed.
    virtual Next next(std::vector<std::uint8_t>& message) = 0;
};

}  // namespace portolan::net
