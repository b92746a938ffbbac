#include "health/probe.hpp"

#include <cerrno>
#include <cstring>

namespace portolan::health {

Observation failed(int error) {
    switch (error) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EAGAIN:
        case EADDRNOTAVAIL:
            return {registry::Verdict::unknown, std::strerror(error)};
        case ECONNREFUSED:
            return {registry::Verdict::critical, "connection refused"};
        case ECONNRESET:
        case EPIPE:
            return {registry::Verdict::critical, "connection reset"};
        case ENETUNREACH:
            return {registry::Verdict::critical, "network is unreachable"};
        case EHOSTUNREACH:
            return {registry::Verdict::critical, "no route to host"};
        default:
            return {registry::Verdict::critical, std::strerror(error)};
    }
}

}  // namespace portolan::health
