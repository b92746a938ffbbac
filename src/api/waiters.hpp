// Blocking queries: requests that wait until what they ask about has changed.
//
// `?index=N&wait=30s` holds a request until the index passes N, or the time is over; then it is
// answered as any other. Each waits for the index of its service, or ("") for the whole catalog's,
// so that news of one service wakes nobody else.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "portolan/registry/catalog.hpp"

namespace portolan::api {

class Waiters {
public:
    Waiters(boost::asio::io_context& io, const registry::Catalog& catalog)
        : io_(io), catalog_(catalog) {}

    /// Calls `answer` when the index has passed that one, or after that long; at once when it has.
    void wait(const std::string& service, std::uint64_t index, std::chrono::milliseconds longest,
              std::function<void()> answer);
    /// To be called after changes; answers those who waited for them.
    void wake();

    [[nodiscard]] std::uint64_t index_of(const std::string& service) const;

private:
    struct Waiting {
        std::uint64_t index;
        std::function<void()> answer;
        boost::asio::steady_timer over;
    };
    using All = std::list<Waiting>;

    boost::asio::io_context& io_;
    const registry::Catalog& catalog_;
    std::map<std::string, All> by_service_;
};

}  // namespace portolan::api
