// Agreement over etcd: who the author is, and what is said of each zone (etcd_zone.hpp).
//
//     Membership ── lease ──▶ the key `author`: whoever makes it first ──▶ EtcdZone::appoint
//
// The author is the node that holds the key `author` under its lease. All that it writes is
// compared with the revision at which that key was made, so a node that has lost it without
// knowing writes nothing more. It stops by its own clock, before its lease is over in etcd.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/etcd_zone.hpp"
#include "app/membership.hpp"
#include "portolan/app/agreement.hpp"

namespace portolan::app {

class EtcdAgreement final : public Agreement {
public:
    /// `etcd` and `members` outlive it.
    EtcdAgreement(boost::asio::io_context& io, source::Etcd& etcd, const Membership& members);
    ~EtcdAgreement() override;

    /// `cut` is told when no news of etcd can be had any more, and since when; with nullopt when
    /// they can be had again.
    using Since = std::optional<std::chrono::system_clock::time_point>;
    void begin(Party& party, std::function<void(Since)> cut);
    /// This node is a member under a new lease, or is none any more.
    void joined();
    void left();

    [[nodiscard]] bool is_shared() const noexcept override { return true; }
    [[nodiscard]] Turn turn(dns::NameView apex) const noexcept override;
    void propose(dns::NameView apex, transfer::Step step) override;
    [[nodiscard]] std::optional<Standing> standing() const override;
    void follow(const std::vector<dns::PackedName>& zones) override;

private:
    void cut(Since since);
    void hear(std::optional<source::etcd::KeyValue> author);
    [[nodiscard]] bool is_ours_already() const;
    void run_for_author();
    void take_office(std::uint64_t revision);
    void resign();
    void give_back(std::uint64_t revision);
    void look_again();

    boost::asio::io_context& io_;
    source::Etcd& etcd_;
    const Membership& members_;
    Party* party_ = nullptr;
    std::function<void(Since)> cut_;
    Since cut_since_ = std::chrono::system_clock::now();  // until etcd is heard
    std::map<dns::PackedName, std::shared_ptr<EtcdZone>, dns::CanonicalOrder> zones_;
    Authorship authorship_;
    std::optional<source::etcd::KeyValue> author_;  // its key, as was last heard
    std::uint64_t given_back_ = 0;                  // the revision of our last office
    bool is_heard_ = false;                         // who the author is
    bool is_running_ = false;  // a transaction that would make this node the author is under way
    std::string unfit_;        // why this node cannot be it, as logged
    boost::asio::steady_timer again_;
    std::unique_ptr<source::Etcd::Watch> watch_;
};

}  // namespace portolan::app
