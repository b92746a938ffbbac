// The nodes that live. Each holds the key members/NAME in etcd under a lease that it renews, so
// that the key goes some seconds after the node has.
//
// A node that cannot renew its lease is no member any more by its own clock, before the others see
// it go; it comes back under another lease. Whatever a node may do only as long as the others take
// it for alive hangs on that lease.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "portolan/source/etcd.hpp"

namespace portolan::app {

class Membership {
public:
    static constexpr std::chrono::seconds lease_time{5};

    /// `etcd` outlives it.
    Membership(boost::asio::io_context& io, source::Etcd& etcd, std::string node);
    ~Membership();

    struct Events {
        std::function<void()> changed;  // who lives
        std::function<void()> joined;   // this node is one of them, under a new lease
        std::function<void()> left;     // it is no more
    };
    /// Begins to be a member.
    void begin(Events events);

    [[nodiscard]] const std::string& node() const noexcept { return node_; }
    /// Those that live, as was last heard, in order. Without this one while it is none of them.
    [[nodiscard]] const std::vector<std::string>& living() const noexcept { return living_; }
    /// This node's, while it is a member.
    [[nodiscard]] std::optional<std::uint64_t> lease() const noexcept {
        return revision_ != 0 ? lease_id_ : std::nullopt;
    }

    /// Its key, and the revision at which that was made; 0 while it is no member.
    [[nodiscard]] std::string key() const { return "members/" + node_; }
    [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

private:
    void ask_for_lease();
    void enter();
    void lose(const source::EtcdError& error);
    void try_again(void (Membership::*what)());
    void hear(const std::string& key, bool is_there);
    void tell_namesake();

    source::Etcd& etcd_;
    const std::string node_;
    Events events_;
    std::vector<std::string> living_;
    std::optional<std::uint64_t> lease_id_;
    std::uint64_t revision_ = 0;
    bool is_logged_ = false;  // that another has our name
    std::chrono::steady_clock::time_point asked_;
    boost::asio::steady_timer again_;
    std::unique_ptr<source::Etcd::Lease> lease_;
    std::unique_ptr<source::Etcd::Watch> watch_;
};

}  // namespace portolan::app
