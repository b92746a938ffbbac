// Registrations in etcd, which several servers share.
//
//     registrations/by-id/10.0.0.5/web-1            {"registration":…,"state":…,"keeper":"n1"}
//     registrations/by-endpoint/10.0.0.5/8080/tcp   10.0.0.5/web-1, who holds it
//
//     Write ─▶ compare with what was heard, put, delete: one transaction ─▶ Done, when it was heard
//                      ▲                                                       ▲
//                      └──── the watch: every server's writes, in order ───────┴──▶ Heard
//
// The watch is the truth: every server hears the same writes in the same order, its own among them,
// and numbers them by etcd's revisions. A write is compared with what was heard of its keys. When
// another came first, a change of state is made again on top of it; a registration is to be judged
// anew. The endpoint is a key of its own, so that of two servers that accept two services on one
// port at the same time, one is overtaken.
//
// A write that got no answer is said again, which the comparison makes safe: a change of etcd's
// leader delays it. While the watch is cut nothing is written, and the reason is told.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "portolan/source/etcd.hpp"
#include "portolan/source/registration_store.hpp"

namespace portolan::source {

class EtcdRegistrations final : public RegistrationStore {
public:
    /// Each registration comes with its revisions as `created` and `changed`. What was not kept of
    /// this server's own changes of state is told again as it stands.
    struct Heard {
        std::function<void(std::vector<registry::Registered>, std::uint64_t revision)> whole;
        std::function<void(registry::Registered)> put;
        std::function<void(const registry::RegistrationKey&, std::uint64_t revision)> removed;
        std::function<void(const EtcdError&)> cut;  // as Etcd::WatchEvents has them
        std::function<void()> back;
    };

    /// `etcd` outlives it.
    EtcdRegistrations(boost::asio::io_context& io, Etcd& etcd);
    ~EtcdRegistrations() override;

    /// Begins to listen. Once.
    void follow(Heard heard);
    void submit(Write write, Done done) override;
    /// Why nothing can be written; nullopt: it can.
    [[nodiscard]] std::optional<std::string> fault() const;

private:
    class Sharing;
    std::shared_ptr<Sharing> sharing_;
};

// --- for the command line, beside servers or without -------------------------------------------
// The same as of a folder (registration_store.hpp). They wait for etcd, and throw StoreError with
// what it said.

std::vector<std::string> check_store(const EtcdSettings& settings);
std::vector<std::string> export_store(const EtcdSettings& settings);
/// What is registered stays: a line with the id and address, or at the endpoint, of something that
/// is there ends it. What was before that line, in lots of some, is in then.
std::size_t import_store(const EtcdSettings& settings, const std::vector<std::string>& lines);

}  // namespace portolan::source
