// Workers on real sockets of the loopback interface.
#include "portolan/app/worker.hpp"

#include "portolan/app/transfers.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::app;
using namespace std::chrono_literals;

namespace {

zone::Zone small_zone() {
    const dns::Name apex = dns::name_from("example.");
    zone::Zone zone(apex);
    const auto put = [&](const char* owner, dns::Type type, const char* rdata) {
        zone.put(dns::name_from(owner),
                 dns::make_rrset(type, dns::Ttl{60},
                                 std::vector<dns::Octets>{dns::rdata_from(type, rdata)}));
    };
    put("example.", dns::Type::soa, "ns.example. dns.example. 1 60 10 600 5");
    put("example.", dns::Type::ns, "ns.example.");
    put("ns.example.", dns::Type::a, "192.0.2.53");
    put("host.example.", dns::Type::a, "192.0.2.1");
    return zone;
}

/// A query for host.example A with the given ID.
dns::Octets query(std::uint16_t id) {
    dns::Octets octets{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    dns::store_u16(octets.data(), id);
    const dns::Name name = dns::name_from("host.example.");
    octets.insert(octets.end(), name.octets().begin(), name.octets().end());
    octets.insert(octets.end(), {0, 1, 0, 1});
    return octets;
}

dns::Octets framed(const dns::Octets& message) {
    dns::Octets octets(2);
    dns::store_u16(octets.data(), static_cast<std::uint16_t>(message.size()));
    octets.insert(octets.end(), message.begin(), message.end());
    return octets;
}

dns::Octets operator+(dns::Octets a, const dns::Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// A client socket with five seconds of patience.
class Client {
public:
    Client(const net::Endpoint& server, int type) : socket_(::socket(server.family(), type, 0)) {
        REQUIRE(connect(socket_.get(), server.data(), server.size) == 0);
    }
    void send(const dns::Octets& octets) {
        REQUIRE(::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(octets.size()));
    }
    /// As much as the system takes in a moment, for a server that may not read: its octets.
    std::size_t send_some(std::span<const std::uint8_t> octets) {
        pollfd wanted{socket_.get(), POLLOUT, 0};
        if (poll(&wanted, 1, 200) != 1) return 0;
        const auto sent =
            ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    void close_write() { shutdown(socket_.get(), SHUT_WR); }
    /// One read: a datagram, or what of a stream is there. Empty at its end or when nothing comes.
    dns::Octets receive(std::chrono::milliseconds patience = 5s) {
        dns::Octets octets(70000);
        pollfd wanted{socket_.get(), POLLIN, 0};
        if (poll(&wanted, 1, static_cast<int>(patience.count())) != 1) return {};
        const auto size = recv(socket_.get(), octets.data(), octets.size(), 0);
        octets.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return octets;
    }
    /// The whole messages that arrive until there are `count`, or the stream ends.
    std::vector<dns::Octets> messages(std::size_t count) {
        std::vector<dns::Octets> found;
        while (found.size() < count) {
            std::span<const std::uint8_t> rest(stream_);
            while (rest.size() >= 2 && rest.size() >= 2U + dns::load_u16(rest.data())) {
                const auto message = rest.subspan(2, dns::load_u16(rest.data()));
                found.emplace_back(message.begin(), message.end());
                rest = rest.subspan(2 + message.size());
            }
            stream_ = dns::Octets(rest.begin(), rest.end());
            if (found.size() >= count) break;
            const dns::Octets more = receive();
            if (more.empty()) break;
            stream_ = stream_ + more;
        }
        return found;
    }
    /// Whether the server closes the stream in time, sending nothing more.
    bool is_closed(std::chrono::milliseconds patience = 5s) {
        pollfd wanted{socket_.get(), POLLIN, 0};
        std::uint8_t octet = 0;
        return poll(&wanted, 1, static_cast<int>(patience.count())) == 1 &&
               recv(socket_.get(), &octet, 1, 0) <= 0;
    }

private:
    net::Descriptor socket_;
    dns::Octets stream_;
};

/// A running worker that answers for small_zone().
struct Running {
    explicit Running(const char* listen, net::TcpLimits limits = {}) {
        settings.listen = {*net::parse_endpoint(listen)};
        settings.tcp = limits;
        settings.patience = 1s;
        net::claim(settings.listen[0]);
        counts.emplace(limits);
        transfers.emplace(settings, published.reader(1));
        worker.emplace(settings, published.reader(0), *transfers, *counts);
        worker->start();
    }
    [[nodiscard]] net::Endpoint endpoint() const { return settings.listen[0]; }
    [[nodiscard]] net::Endpoint endpoint(const char* address) const {
        net::Endpoint other = *net::parse_endpoint(std::string(address) + ":0");
        other.set_port(endpoint().port());
        return other;
    }

    ServeSettings settings;
    Published<Snapshot> published{
        std::make_unique<Snapshot>(
            Snapshot{answer::View({std::make_shared<answer::Table>(small_zone())}), {}, {}}),
        2};
    std::optional<net::ConnectionCounts> counts;
    std::optional<Transfers> transfers;
    std::optional<Worker> worker;
};

bool answers(const dns::Octets& reply, std::uint16_t id) {
    return reply.size() > 12 && dns::load_u16(reply.data()) == id && (reply[2] & 0x80) != 0 &&
           (reply[3] & 0x0f) == 0 && dns::load_u16(reply.data() + 6) == 1;
}

}  // namespace

TEST_CASE("UDP queries are answered from the address that was asked", "[worker]") {
    struct Row {
        const char* listen;
        const char* ask;
    };
    const Row rows[] = {
        {"127.0.0.1:0", "127.0.0.1"}, {"0.0.0.0:0", "127.0.0.1"}, {"0.0.0.0:0", "127.0.0.2"},
        {"0.0.0.0:0", "127.3.2.1"},   {"[::1]:0", "[::1]"},       {"[::]:0", "[::1]"},
    };
    for (const auto& row : rows) {
        INFO("listen " << row.listen << ", ask " << row.ask);
        Running running(row.listen);
        // A connected socket hears its peer alone, so a reply from another address is lost.
        Client client(running.endpoint(row.ask), SOCK_DGRAM);
        client.send(query(7));
        CHECK(answers(client.receive(), 7));
    }
}

TEST_CASE("a burst of datagrams larger than a batch is answered", "[worker]") {
    Running running("127.0.0.1:0");
    Client client(running.endpoint(), SOCK_DGRAM);
    for (std::uint16_t id = 0; id < 150; ++id) client.send(query(id));
    std::vector<bool> seen(150);
    for (std::uint16_t i = 0; i < 150; ++i) {
        const dns::Octets reply = client.receive();
        REQUIRE(reply.size() > 12);
        const auto id = dns::load_u16(reply.data());
        REQUIRE(answers(reply, id));
        seen.at(id) = true;
    }
    CHECK(seen == std::vector<bool>(150, true));
    running.worker->drain();
    running.worker->join();
    CHECK(running.worker->counters().udp_queries.value() == 150);
    CHECK(running.worker->counters().replies[0].value() == 150);
}

TEST_CASE("what is no query is dropped and counted", "[worker]") {
    Running running("127.0.0.1:0");
    Client client(running.endpoint(), SOCK_DGRAM);
    dns::Octets response = query(1);
    response[2] |= 0x80;  // QR
    for (const auto& octets : {response, dns::Octets{}, dns::Octets{1, 2, 3}}) client.send(octets);
    client.send(query(2));
    CHECK(answers(client.receive(), 2));
    CHECK(running.worker->counters().dropped.value() == 3);
}

TEST_CASE("TCP: pipelined queries, split anywhere, are answered in order", "[worker]") {
    Running running("127.0.0.1:0");
    Client client(running.endpoint(), SOCK_STREAM);

    SECTION("many in one segment, more than a batch") {
        dns::Octets octets;
        for (std::uint16_t id = 0; id < 500; ++id) octets = octets + framed(query(id));
        client.send(octets);
        const auto replies = client.messages(500);
        REQUIRE(replies.size() == 500);
        for (std::uint16_t id = 0; id < 500; ++id) CHECK(answers(replies[id], id));
    }
    SECTION("octet by octet") {
        for (const auto octet : framed(query(1)) + framed(query(2))) {
            client.send({octet});
            std::this_thread::sleep_for(1ms);
        }
        const auto replies = client.messages(2);
        REQUIRE(replies.size() == 2);
        CHECK(answers(replies[0], 1));
        CHECK(answers(replies[1], 2));
    }
    SECTION("asked, then closed: still answered, then closed") {
        client.send(framed(query(1)) + framed(query(2)));
        client.close_write();
        CHECK(client.messages(2).size() == 2);
        CHECK(client.is_closed());
    }
    SECTION("a message of the largest size") {
        dns::Octets large = query(3);
        large.resize(65535);
        client.send(framed(large) + framed(query(4)));
        const auto replies = client.messages(2);
        REQUIRE(replies.size() == 2);
        CHECK(dns::load_u16(replies[0].data()) == 3);
        CHECK(answers(replies[1], 4));
    }
    SECTION("length zero: what stands before it is answered, then the end") {
        client.send(framed(query(1)) + dns::Octets{0, 0} + framed(query(2)));
        CHECK(client.messages(1).size() == 1);
        CHECK(client.is_closed(3s));  // the limit on a message would do so after 5 s
    }
    SECTION("a response among the queries is dropped in silence") {
        dns::Octets response = query(1);
        response[2] |= 0x80;
        client.send(framed(response) + framed(query(2)));
        const auto replies = client.messages(1);
        REQUIRE(replies.size() == 1);
        CHECK(answers(replies[0], 2));
    }
}

TEST_CASE("TCP: a client that reads only when nothing more can be sent loses nothing", "[worker]") {
    Running running("127.0.0.1:0");
    Client client(running.endpoint(), SOCK_STREAM);
    dns::Octets octets;
    for (std::uint16_t id = 0; id < 1000; ++id) octets = octets + framed(query(id));
    std::size_t at = 0;
    std::size_t total = 0;
    // The server stops reading when its replies are not taken; then the pipe fills up.
    for (std::size_t sent = 1; sent > 0; total += sent, at = (at + sent) % octets.size()) {
        sent = client.send_some(std::span(octets).subspan(at));
    }
    client.close_write();
    const std::size_t count = total / framed(query(0)).size();
    const auto replies = client.messages(count);
    REQUIRE(replies.size() == count);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!answers(replies[i], static_cast<std::uint16_t>(i % 1000))) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(client.is_closed());
}

TEST_CASE("TCP: time limits close who is silent, slow or deaf", "[worker]") {
    net::TcpLimits limits;
    limits.idle = limits.message = limits.write = 10s;

    SECTION("silent from the start") {
        limits.idle = 100ms;
        Running running("127.0.0.1:0", limits);
        Client client(running.endpoint(), SOCK_STREAM);
        CHECK(client.is_closed(3s));
    }
    SECTION("silent after an answer") {
        limits.idle = 100ms;
        Running running("127.0.0.1:0", limits);
        Client client(running.endpoint(), SOCK_STREAM);
        client.send(framed(query(1)));
        CHECK(client.messages(1).size() == 1);
        CHECK(client.is_closed(3s));
    }
    SECTION("a message that never ends, dribbled") {
        limits.message = 150ms;
        Running running("127.0.0.1:0", limits);
        Client client(running.endpoint(), SOCK_STREAM);
        const dns::Octets octets = framed(query(1));
        bool closed = false;
        for (std::size_t i = 0; i + 1 < octets.size() && !closed; ++i) {
            client.send({octets[i]});
            closed = client.is_closed(40ms);
        }
        CHECK(closed);
    }
    SECTION("replies that are never read") {
        limits.write = 150ms;
        Running running("127.0.0.1:0", limits);
        Client client(running.endpoint(), SOCK_STREAM);
        dns::Octets octets;
        for (std::uint16_t id = 0; id < 1000; ++id) octets = octets + framed(query(id));
        // Until the server no longer reads, because we do not.
        const auto end = std::chrono::steady_clock::now() + 4s;
        while (running.worker->counters().tcp_timed_out.value() == 0 &&
               std::chrono::steady_clock::now() < end) {
            client.send_some(octets);
        }
        CHECK(running.worker->counters().tcp_timed_out.value() == 1);
    }
}

TEST_CASE("TCP: limits on the number of connections", "[worker]") {
    net::TcpLimits limits;
    const auto is_served = [](Client& client) {
        client.send(framed(query(1)));
        return client.messages(1).size() == 1;
    };
    SECTION("all places taken: the longest idle makes room") {
        limits.connections = 2;
        Running running("127.0.0.1:0", limits);
        Client first(running.endpoint(), SOCK_STREAM);
        CHECK(is_served(first));
        Client second(running.endpoint(), SOCK_STREAM);
        CHECK(is_served(second));
        CHECK(is_served(first));  // now the second has been idle longer
        Client third(running.endpoint(), SOCK_STREAM);
        CHECK(is_served(third));
        CHECK(second.is_closed());
        CHECK(is_served(first));
        CHECK(running.worker->counters().tcp_evicted.value() == 1);
    }
    SECTION("one client's places taken: its newest is closed") {
        limits.connections_per_client = 2;
        Running running("127.0.0.1:0", limits);
        Client first(running.endpoint(), SOCK_STREAM);
        Client second(running.endpoint(), SOCK_STREAM);
        CHECK(is_served(first));
        CHECK(is_served(second));
        Client third(running.endpoint(), SOCK_STREAM);
        CHECK(third.is_closed());
        CHECK(is_served(first));
        CHECK(is_served(second));
        CHECK(running.worker->counters().tcp_refused.value() == 1);
    }
}

TEST_CASE("a draining worker answers what it has received and ends", "[worker]") {
    Running running("127.0.0.1:0");
    Client udp(running.endpoint(), SOCK_DGRAM);
    Client tcp(running.endpoint(), SOCK_STREAM);
    Client idle(running.endpoint(), SOCK_STREAM);
    idle.send(framed(query(1)));
    CHECK(idle.messages(1).size() == 1);
    udp.send(query(5));
    tcp.send(framed(query(6)));
    running.worker->drain();
    running.worker->join();
    CHECK(answers(udp.receive(), 5));
    CHECK(tcp.messages(1).size() == 1);
    CHECK(tcp.is_closed());
    CHECK(idle.is_closed());
    CHECK(running.counts->total() == 0);
}

TEST_CASE("an endpoint that is taken is refused before anything starts", "[worker]") {
    Running running("127.0.0.1:0");
    net::Endpoint same = running.endpoint();
    CHECK_THROWS_WITH(net::claim(same), Catch::Contains("another program has the port"));
    net::Endpoint foreign = *net::parse_endpoint("192.0.2.1:5300");
    CHECK_THROWS_WITH(net::claim(foreign), Catch::Contains("no interface of this host"));
}
