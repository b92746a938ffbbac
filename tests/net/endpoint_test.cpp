#include "portolan/net/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace portolan::net;

TEST_CASE("endpoints are read and written in one form", "[endpoint]") {
    struct Row {
        const char* text;
        const char* written;
        std::uint16_t port;
        bool wildcard;
    };
    const Row rows[] = {
        {"127.0.0.1:5300", "127.0.0.1:5300", 5300, false},
        {"0.0.0.0:53", "0.0.0.0:53", 53, true},
        {"192.0.2.1:0", "192.0.2.1:0", 0, false},
        {"[::1]:53", "[::1]:53", 53, false},
        {"[::]:65535", "[::]:65535", 65535, true},
        {"[2001:DB8:0:0::1]:53", "[2001:db8::1]:53", 53, false},
        {"[fe80::1%lo]:53", "[fe80::1%lo]:53", 53, false},
        {"[fe80::1%1]:53", "[fe80::1%lo]:53", 53, false},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto endpoint = parse_endpoint(row.text);
        REQUIRE(endpoint.has_value());
        CHECK(to_string(*endpoint) == row.written);
        CHECK(endpoint->port() == row.port);
        CHECK(endpoint->is_wildcard() == row.wildcard);
    }
}

TEST_CASE("what is no endpoint is refused with a cure", "[endpoint]") {
    struct Row {
        const char* text;
        const char* says;
    };
    const Row rows[] = {
        {"", "port is missing"},
        {"127.0.0.1", "port is missing"},
        {"[::1]", "port is missing"},
        {":53", "0.0.0.0:53"},
        {"::1:53", "needs brackets"},
        {"[::1:53", "not closed"},
        {"[::1]x:53", "must follow the bracket"},
        {"127.0.0.1:", "not a number"},
        {"127.0.0.1:65536", "not a number"},
        {"127.0.0.1:-1", "not a number"},
        {"127.0.0.1:53x", "not a number"},
        {"localhost:53", "names are not resolved"},
        {"127.0.0.256:53", "not an IPv4 address"},
        {"[127.0.0.1]:53", "not an IPv6 address"},
        {"[fe80::1%nowhere0]:53", "zone does not exist"},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto endpoint = parse_endpoint(row.text);
        REQUIRE(endpoint.has_error());
        CHECK_THAT(endpoint.error().message, Catch::Contains(row.says));
    }
}
