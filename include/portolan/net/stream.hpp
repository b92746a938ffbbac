// Messages that together answer one query over TCP: a zone transfer.
#pragma once

#include <cstdint>
#include <vector>

namespace portolan::net {

/// Made by a worker, asked for its messages on the streaming thread alone (streaming.hpp).
class Stream {
public:
    virtual ~Stream() = default;
    enum class Next : std::uint8_t { message, end, failed };
    /// Puts the next message into `message`, without the two octets of its length. At the end the
    /// connection goes on with other queries; after a failure it is closed.
    virtual Next next(std::vector<std::uint8_t>& message) = 0;
};

}  // namespace portolan::net
