// A warning that is logged once in a while: a server in need has no use for a line a client.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <string_view>

namespace portolan::net {

class SeldomWarning {
public:
    explicit SeldomWarning(std::chrono::seconds quiet_time = std::chrono::seconds(30))
        : quiet_time_(quiet_time) {}
    void give(std::string_view what, std::string_view why) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + quiet_time_;
        spdlog::warn("cannot {}: {}", what, why);
    }

private:
    std::chrono::seconds quiet_time_;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace portolan::net
