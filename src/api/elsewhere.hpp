// Work that takes long, on a thread of its own, one piece after the other. What comes of it is
// taken on the server's thread, which has the connections and the zones.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "net/signals_blocked.hpp"

namespace portolan::api {

template <class Result>
class Elsewhere {
public:
    using Work = std::function<Result()>;  // throws nothing; has all that it needs
    using Take = std::function<void(Result)>;

    /// `io` is the server's thread, and outlives it.
    Elsewhere(boost::asio::io_context& io, std::size_t most_waiting)
        : io_(io), most_waiting_(most_waiting) {}
    /// Waits for the piece that is being worked on. Nothing is taken any more.
    ~Elsewhere() {
        if (thread_) thread_->stop();
    }
    Elsewhere(const Elsewhere&) = delete;
    Elsewhere& operator=(const Elsewhere&) = delete;

    [[nodiscard]] bool is_full() const noexcept { return waiting_.size() == most_waiting_; }

    /// `take` stays on this thread, since it knows connections; so it waits here and not there.
    void give(Work work, Take take) {
        start();
        waiting_.emplace(++last_, std::move(take));
        boost::asio::post(*thread_, [this, number = last_, work = std::move(work)] {
            boost::asio::post(io_, [this, number, result = work()]() mutable {
                const auto taking = waiting_.extract(number);
                taking.mapped()(std::move(result));
            });
        });
    }

private:
    /// With the first piece: most servers never have one.
    void start() {
        if (thread_) return;
        const net::SignalsBlocked blocked;
        thread_.emplace(1);
    }

    boost::asio::io_context& io_;
    const std::size_t most_waiting_;
    std::map<std::uint64_t, Take> waiting_;
    std::uint64_t last_ = 0;
    std::optional<boost::asio::thread_pool> thread_;  // ends first
};

}  // namespace portolan::api
