// Tells secondaries that a zone has changed (NOTIFY, RFC 1996), with the new SOA inside.
//
// Each secondary of each zone is told for itself. A burst of changes is one message, or a few: the
// first goes out at once, the next no sooner than `quiet` later and with what is then the newest
// SOA. A message that is not answered is sent again, later each time, and after the last attempt
// that is logged; the secondary then asks by itself at its refresh interval.
//
// An answer counts when it comes from where the message went and repeats its ID; it does no more
// than end the attempts, so its signature is not looked at.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "portolan/dns/rrset.hpp"
#include "portolan/net/endpoint.hpp"
#include "portolan/net/loop.hpp"
#include "portolan/transfer/policy.hpp"

namespace portolan::app {

class Notifier {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds quiet{200};
    static constexpr std::chrono::milliseconds first_patience{1000};  // then twice as long
    static constexpr unsigned attempts = 7;                           // two minutes in all

    /// Sends from the addresses that the server answers on, where it has one of its own.
    Notifier(net::Loop& loop, std::vector<net::Endpoint> listen);
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    // --- all on the loop's thread, or before it runs ---

    void start();  // throws net::SocketError
    /// The zone has that SOA now. Who is not among `to` is told no more.
    void tell(dns::NameView apex, const dns::RrsetPtr& soa,
              const std::vector<transfer::Policy::Secondary>& to);
    /// To be called now and then, while it is not at rest.
    void tick();
    [[nodiscard]] bool is_at_rest() const noexcept;

private:
    struct Telling {
        transfer::Policy::Secondary to;
        dns::RrsetPtr soa;   // to be told
        dns::RrsetPtr told;  // in the last message
        std::uint16_t id = 0;
        unsigned sent = 0;       // messages without an answer
        Clock::time_point next;  // when to send
        bool is_due = false;
    };
    struct Socket final : net::Watcher {
        explicit Socket(Notifier& all) : notifier(&all) {}
        void ready() noexcept override { notifier->receive(*this); }
        Notifier* notifier;
        net::Descriptor descriptor;
    };
    using Key = std::tuple<dns::PackedName, registry::Address, registry::Port>;

    Socket& socket_for(const registry::Address& address) {
        return sockets_[address.is_v6() ? 1 : 0];
    }
    void open(Socket& socket, bool is_v6);
    void send(dns::NameView apex, Telling& telling);
    void give_up(dns::NameView apex, Telling& telling);
    void receive(Socket& socket) noexcept;
    void take_answer(const net::Endpoint& from, dns::OctetView answer);

    net::Loop& loop_;
    std::vector<net::Endpoint> listen_;
    std::array<Socket, 2> sockets_{Socket(*this), Socket(*this)};  // IPv4, IPv6
    std::map<Key, Telling> tellings_;
};

}  // namespace portolan::app
