#include "portolan/net/late_reply.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace portolan::net {

LateReply::LateReply(int socket, const msghdr& reply) noexcept
    : socket_(fcntl(socket, F_DUPFD_CLOEXEC, 0)),
      peer_size_(std::min<socklen_t>(reply.msg_namelen, sizeof peer_)),
      control_size_(std::min(reply.msg_controllen, most_control)) {
    std::memcpy(&peer_, reply.msg_name, peer_size_);
    if (control_size_ > 0) std::memcpy(control_.data(), reply.msg_control, control_size_);
}

void LateReply::send(dns::OctetView message) noexcept {
    if (!socket_) return;
    iovec octets{const_cast<std::uint8_t*>(message.data()), message.size()};
    msghdr header{};
    header.msg_name = &peer_;
    header.msg_namelen = peer_size_;
    header.msg_iov = &octets;
    header.msg_iovlen = 1;
    header.msg_control = control_size_ > 0 ? control_.data() : nullptr;
    header.msg_controllen = control_size_;
    static_cast<void>(sendmsg(socket_.get(), &header, MSG_DONTWAIT));
}

}  // namespace portolan::net
