// This server among others that serve the same zones, with an etcd between them.
//
//     Membership ── who lives, by leases ──┬─▶ EtcdAgreement: one author, steps for all
//                                          ├─▶ Checking: each checks its share (rendezvous)
//                                          └─▶ SharedVerdicts: what each has found
//
// Answers need none of it: a node that is cut off from etcd answers with what it has. After a while
// it gives its zones to no secondary any more, since the others may have gone on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "app/etcd_agreement.hpp"
#include "app/membership.hpp"
#include "app/shared_verdicts.hpp"
#include "portolan/app/checking.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/app/settings.hpp"

namespace portolan::app {

class Nodes {
public:
    /// Joins the engine, which must not have loaded anything yet. All outlive it.
    Nodes(boost::asio::io_context& io, source::Etcd& etcd, Engine& engine,
          const StoreSettings& settings);

    struct Events {
        /// The node has been cut off for too long, since then; nullopt: it is not any more.
        std::function<void(EtcdAgreement::Since)> stale;
        /// The nodes that live now.
        std::function<void(const std::vector<std::string>&)> living;
    };
    /// When the plans are loaded.
    void begin(Checking& checking, Events events);

private:
    void cut(EtcdAgreement::Since since);
    [[nodiscard]] bool is_ours(const std::string& target) const;

    const std::chrono::seconds stale_after_;
    Membership members_;
    EtcdAgreement agreement_;
    SharedVerdicts verdicts_;
    Events events_;
    bool is_stale_ = false;
    boost::asio::steady_timer until_stale_;
};

}  // namespace portolan::app
