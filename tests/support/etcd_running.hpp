// Runs what waits for etcd.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace portolan::test {

/// Runs the io_context until something is so; whether it came to be.
inline bool runs_until(boost::asio::io_context& io, const std::function<bool()>& is_so,
                       std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!is_so() && std::chrono::steady_clock::now() < until) {
        io.restart();
        io.run_one_until(
            std::min(until, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
    }
    return is_so();
}

}  // namespace portolan::test
