// A lease, kept alive.
//
// What is reckoned with is the time at which a request was sent: etcd counts from when it came, so
// ours is over first, whatever the network did. A clock that runs too slow is allowed for.
#include <boost/asio/post.hpp>
#include <utility>

#include "source/etcd_client.hpp"

namespace portolan::source::etcd {

namespace asio = boost::asio;
using std::chrono::milliseconds;

class LeaseHolder : public std::enable_shared_from_this<LeaseHolder> {
public:
    LeaseHolder(std::shared_ptr<Client> client, std::chrono::seconds ttl, Etcd::LeaseEvents events)
        : client_(std::move(client)), ttl_(ttl), events_(std::move(events)),
          renewal_(client_->io()), over_(client_->io()) {}

    void begin() {
        count_down(Clock::now());
        const auto sent = Clock::now();
        client_->request(
            "/v3/lease/grant", grant_json(ttl_), Client::Repeat::no,
            [self = shared_from_this(), sent](const auto& said) { self->granted(sent, said); });
    }

    void end() {
        if (std::exchange(has_ended_, true)) return;
        renewal_.cancel();
        over_.cancel();
        revoke();
    }

private:
    void granted(Clock::time_point sent, const OrEtcdError<std::string>& said) {
        if (!said) return lose(said.error());
        const auto grant = read_grant(*said);
        if (!grant) return lose(grant.error());
        id_ = grant->id;
        if (has_ended_) return revoke();
        ttl_ = grant->ttl;
        count_down(sent);
        renew_later(ttl_ / 3.0);
        events_.granted(id_);
    }

    template <class Duration>
    void renew_later(Duration pause) {
        renewal_.expires_after(std::chrono::duration_cast<milliseconds>(pause));
        renewal_.async_wait([self = shared_from_this()](const auto& cancelled) {
            if (!cancelled && !self->has_ended_) self->renew();
        });
    }

    void renew() {
        const auto sent = Clock::now();
        client_->request("/v3/lease/keepalive", lease_json(id_), Client::Repeat::yes,
                         [self = shared_from_this(), sent](const auto& said) {
                             if (!self->has_ended_) self->renewed(sent, said);
                         });
    }

    void renewed(Clock::time_point sent, const OrEtcdError<std::string>& said) {
        if (!said) {
            last_ = said.error();
            return renew_later(milliseconds(200));
        }
        const auto grant = read_kept_alive(*said);
        if (!grant) return lose(grant.error());
        if (grant->ttl.count() <= 0) {
            id_ = 0;
            return lose({EtcdError::Kind::refused, "etcd does not know the lease any more"});
        }
        count_down(sent);
        renew_later(ttl_ / 3.0);
    }

    void count_down(Clock::time_point sent) {
        over_.expires_at(sent + std::chrono::duration_cast<Clock::duration>(ttl_ * 0.9));
        over_.async_wait([self = shared_from_this()](const auto& cancelled) {
            if (!cancelled) self->lose(self->last_);
        });
    }

    void lose(EtcdError error) {
        if (has_ended_) return;
        const auto self = shared_from_this();
        end();
        if (!client_->has_ended()) events_.lost(std::move(error));
    }

    void revoke() {
        if (id_ == 0) return;
        client_->request("/v3/lease/revoke", lease_json(std::exchange(id_, 0)), Client::Repeat::yes,
                         [](const auto&) {});
    }

    std::shared_ptr<Client> client_;
    std::chrono::seconds ttl_;
    Etcd::LeaseEvents events_;
    asio::steady_timer renewal_;
    asio::steady_timer over_;
    std::uint64_t id_ = 0;
    EtcdError last_{EtcdError::Kind::unreachable, "no etcd has answered"};
    bool has_ended_ = false;
};

std::shared_ptr<LeaseHolder> hold_lease(std::shared_ptr<Client> client, std::chrono::seconds ttl,
                                        Etcd::LeaseEvents events) {
    auto holder = std::make_shared<LeaseHolder>(std::move(client), ttl, std::move(events));
    holder->begin();
    return holder;
}

void end(LeaseHolder& holder) { holder.end(); }

}  // namespace portolan::source::etcd
