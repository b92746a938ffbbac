#include "portolan/net/tcp_limits.hpp"

#include <catch2/catch.hpp>

#include "portolan/net/endpoint.hpp"

using namespace portolan::net;
using Verdict = ConnectionCounts::Verdict;

namespace {

ClientKey client(const char* endpoint) {
    return client_key(ClientAddress(parse_endpoint(endpoint)->storage));
}

}  // namespace

TEST_CASE("clients are counted by IPv4 address and by IPv6 /64") {
    CHECK(client("192.0.2.1:1") == client("192.0.2.1:2"));
    CHECK(client("192.0.2.1:1") != client("192.0.2.2:1"));
    CHECK(client("[2001:db8::1]:1") == client("[2001:db8::ffff]:9"));
    CHECK(client("[2001:db8:0:1::1]:1") != client("[2001:db8:0:2::1]:1"));
    CHECK(client("0.0.0.0:1") != client("[::]:1"));
}

TEST_CASE("connections are counted by client and in all") {
    struct Row {
        const char* what;
        const char* client;
        Verdict verdict;
    };
    const Row rows[] = {
        {"the first", "192.0.2.1:1", Verdict::admitted},
        {"another of the same client", "192.0.2.1:2", Verdict::admitted},
        {"one too many of a client", "192.0.2.1:3", Verdict::client_full},
        {"another client", "[2001:db8::1]:1", Verdict::admitted},
        {"one too many in all", "192.0.2.2:1", Verdict::all_full},
        {"one too many of a client and in all", "192.0.2.1:3", Verdict::client_full},
    };
    TcpLimits limits;
    limits.connections = 3;
    limits.connections_per_client = 2;
    ConnectionCounts counts(limits);
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(counts.enter(client(row.client)) == row.verdict);
    }
    CHECK(counts.total() == 3);
    counts.leave(client("192.0.2.1:2"));
    CHECK(counts.total() == 2);
    CHECK(counts.enter(client("192.0.2.1:3")) == Verdict::admitted);
    CHECK(counts.enter(client("192.0.2.2:1")) == Verdict::all_full);
}
