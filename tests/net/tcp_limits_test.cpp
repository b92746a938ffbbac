#include "portolan/net/tcp_limits.hpp"

#include <catch2/catch.hpp>

#include "portolan/net/endpoint.hpp"

using namespace portolan::net;
using Verdict = ConnectionCounts::Verdict;

namespace {

ClientAddress client(const char* endpoint) {
    return ClientAddress(parse_endpoint(endpoint)->storage);
}

/// Whether a connection of the one leaves none for the other.
bool are_one(const char* first, const char* second, TcpLimits limits) {
    limits.connections_per_client = 1;
    ConnectionCounts counts(limits);
    CHECK(counts.enter(client(first)) == Verdict::admitted);
    return counts.enter(client(second)) == Verdict::client_full;
}

}  // namespace

TEST_CASE("clients are counted by IPv4 address and by IPv6 /64, or other prefixes") {
    struct Row {
        const char *first, *second;
        bool usually, by_wide_networks, by_address;
    };
    const Row rows[] = {
        {"192.0.2.1:1", "192.0.2.1:2", true, true, true},
        {"192.0.2.1:1", "192.0.2.2:1", false, true, false},
        {"192.0.2.1:1", "192.0.3.1:1", false, false, false},
        {"[2001:db8::1]:1", "[2001:db8::ffff]:9", true, true, false},
        {"[2001:db8::1]:1", "[2001:db8::1]:9", true, true, true},
        {"[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1", false, true, false},
        {"[2001:db8:0:1::1]:1", "[2001:db8:1:1::1]:1", false, false, false},
        {"0.0.0.0:1", "[::]:1", false, false, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.first, row.second);
        CHECK(are_one(row.first, row.second, {}) == row.usually);
        CHECK(are_one(row.first, row.second, {.v4_prefix = 24, .v6_prefix = 48}) ==
              row.by_wide_networks);
        CHECK(are_one(row.first, row.second, {.v4_prefix = 32, .v6_prefix = 128}) ==
              row.by_address);
    }
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
