#include "portolan/desk/port_text.hpp"

#include <string>

namespace portolan::desk {
namespace {

TEST_CASE("ports as a command line has them") {
    struct Row {
        const char* text;
        unsigned first, last;
        const char* protocol;
    };
    const Row rows[] = {
        {"80", 80, 80, ""},           {"65535", 65535, 65535, ""},    {"5000-5010", 5000, 5010, ""},
        {"443/tcp", 443, 443, "tcp"}, {"1-1023/udp", 1, 1023, "udp"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto read = parse_port_text(row.text);
        REQUIRE(read.has_value());
        CHECK(read->ports.first == row.first);
        CHECK(read->ports.last == row.last);
        CHECK((read->protocol ? to_string(*read->protocol) : "") == std::string(row.protocol));
    }
}

TEST_CASE("what is no port is refused with its cure") {
    struct Row {
        const char* text;
        const char* message;
        const char* cure;
    };
    const char* numbers =
        "Write a number from 1 to 65535, or a range 5000-5010; /tcp or /udp may follow.";
    const Row rows[] = {
        {"", "\"\" is not a port", numbers},
        {"0", "\"0\" is not a port", numbers},
        {"65536", "\"65536\" is not a port", numbers},
        {"http", "\"http\" is not a port", numbers},
        {"80-", "\"80-\" is not a port", numbers},
        {"-80", "\"-80\" is not a port", numbers},
        {"80 ", "\"80 \" is not a port", numbers},
        {"+80", "\"+80\" is not a port", numbers},
        {"5010-5000", "the range 5010-5000 runs backwards", "Write 5000-5010."},
        {"80/http", "\"http\" is not a protocol", "Write tcp, udp, sctp or dccp."},
        {"80/TCP", "\"TCP\" is not a protocol", "Write tcp, udp, sctp or dccp."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto read = parse_port_text(row.text);
        REQUIRE(read.has_error());
        CHECK(read.error().message == row.message);
        CHECK(read.error().cure == row.cure);
    }
}

}  // namespace
}  // namespace portolan::desk
