// A warning that is logged once in a while: a server in need has no use for a line a client.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>

namespace portolan::net {

class SeldomWarning {
public:
    void give(const char* what, const char* why) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + quiet_time;
        spdlog::warn("cannot {}: {}", what, why);
    }

private:
    static constexpr std::chrono::seconds quiet_time{30};
    std::chrono::steady_clock::time_point next_;
};

}  // namespace portolan::net
