#include "portolan/desk/listeners.hpp"

#include <fmt/format.h>

namespace portolan::desk {
namespace {

std::string said(const Listener& one) {
    return fmt::format("{} {} {}", to_string(one.protocol), endpoint_text(one), holders_text(one));
}

TEST_CASE("what ss prints is read a socket a line") {
    const auto read = read_ss(
        "udp   UNCONN 0      0                  0.0.0.0:5353       0.0.0.0:*    "
        "users:((\"avahi\",pid=9,fd=12))\n"
        "tcp   LISTEN 0      4096         127.0.0.53%lo:53         0.0.0.0:*    "
        "users:((\"resolved\",pid=7,fd=3))\n"
        "tcp   LISTEN 0      511                      *:8080             *:*    users:((\"my "
        "app\",pid=11,fd=6),(\"my app\",pid=12,fd=6))\n"
        "tcp   LISTEN 0      128                   [::]:22            [::]:*   \n"
        "tcp   LISTEN 0      128    [fe80::1%eth0]:4443          [::]:*   \r\n"
        "tcp   LISTEN 0      511                0.0.0.0:81         0.0.0.0:*    "
        "users:((\"w\",pid=2,fd=6))\n"
        "tcp   LISTEN 0      511                0.0.0.0:81         0.0.0.0:*    "
        "users:((\"w\",pid=3,fd=6))");
    std::vector<std::string> lines;
    for (const auto& each : read.listeners) lines.push_back(said(each));
    CHECK(lines == std::vector<std::string>{
                       "tcp [::]:22 a process",
                       "tcp 127.0.0.53:53 resolved (pid 7)",
                       "tcp 0.0.0.0:81 w (pid 2 and 1 more)",
                       "tcp [fe80::1]:4443 a process",
                       "udp 0.0.0.0:5353 avahi (pid 9)",
                       "tcp *:8080 my app (pid 11 and 1 more)",
                   });
    CHECK(read.skipped.empty());
}

TEST_CASE("what ss does not print is skipped with its line and why") {
    struct Row {
        const char* text;
        const char* why;
    };
    const Row rows[] = {
        {"tcp ESTAB 0 0 10.0.0.1:22 10.0.0.2:5000", "line 1: its state is ESTAB"},
        {"u_str LISTEN 0 0 /run/x 1 * 0", "line 1: \"u_str\" is neither tcp nor udp"},
        {"tcp LISTEN 0", "line 1: it has fewer than six columns"},
        {"tcp LISTEN 0 0 10.0.0.1:http 0.0.0.0:*",
         "line 1: \"10.0.0.1:http\" is no address with a port"},
        {"tcp LISTEN 0 0 10.0.0.1:70000 0.0.0.0:*",
         "line 1: \"10.0.0.1:70000\" is no address with a port"},
        {"\n\x01\x02\xff", "line 2: \"\x01\x02\xff\" is neither tcp nor udp"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto read = read_ss(row.text);
        CHECK(read.skipped == std::vector<std::string>{row.why});
    }
    CHECK(read_ss("Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n\n")
              .skipped.empty());
}

}  // namespace
}  // namespace portolan::desk
