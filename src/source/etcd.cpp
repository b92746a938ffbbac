#include "portolan/source/etcd.hpp"

#include <utility>

#include "source/etcd_client.hpp"

namespace portolan::source {
namespace {

using etcd::Client;

struct Reading {
    std::shared_ptr<Client> client;
    etcd::Pages pages;
    Etcd::Done<etcd::State> done;
};

void read_on(const std::shared_ptr<Reading>& reading) {
    reading->client->request("/v3/kv/range", reading->pages.request(), Client::Repeat::yes,
                             [reading](const OrEtcdError<std::string>& said) {
                                 auto& pages = reading->pages;
                                 if (!said) return reading->done(said.error());
                                 const auto is_last = pages.take(*said);
                                 if (!is_last) return reading->done(is_last.error());
                                 if (!*is_last) return read_on(reading);
                                 reading->done(std::move(pages.state()));
                             });
}

}  // namespace

Etcd::Etcd(boost::asio::io_context& io, EtcdSettings settings)
    : client_(std::make_shared<Client>(io, std::move(settings))) {}

Etcd::~Etcd() { client_->end(); }

void Etcd::txn(etcd::Txn txn, Done<etcd::Committed> done) {
    client_->request("/v3/kv/txn", txn_json(txn, client_->prefix()), Client::Repeat::no,
                     [client = client_.get(), done = std::move(done)](const auto& said) {
                         if (!said) return done(said.error());
                         done(etcd::read_committed(*said, client->prefix()));
                     });
}

void Etcd::read(std::string prefix, Done<etcd::State> done) {
    etcd::Pages pages(std::move(prefix), client_->prefix());
    read_on(std::make_shared<Reading>(Reading{client_, std::move(pages), std::move(done)}));
}

std::unique_ptr<Etcd::Lease> Etcd::lease(std::chrono::seconds ttl, LeaseEvents events) {
    return std::make_unique<Lease>(
        [holder = etcd::hold_lease(client_, ttl, std::move(events))] { etcd::end(*holder); });
}

std::unique_ptr<Etcd::Watch> Etcd::watch(std::string prefix, WatchEvents events) {
    return std::make_unique<Watch>(
        [follower = etcd::follow(client_, std::move(prefix), std::move(events))] {
            etcd::end(*follower);
        });
}

}  // namespace portolan::source
