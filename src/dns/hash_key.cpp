// Alone in its file: a program that counts instructions (tests/gates/) links a key of its own.
#include <random>

#include "portolan/dns/lower_name.hpp"

namespace portolan::dns {

std::uint64_t draw_hash_key() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace portolan::dns
