#include "tcp_connection.hpp"

#include "tcp_serving.hpp"

namespace portolan::net {

void Connection::ready() noexcept { serving.take_turn(*this); }

}  // namespace portolan::net
