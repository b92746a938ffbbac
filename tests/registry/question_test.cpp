#include "portolan/registry/question.hpp"

#include <catch2/catch.hpp>

using namespace portolan::registry;

namespace {

std::string shown(std::string_view text) {
    const auto question = read_question(text);
    if (!question) return "no: " + question.error().reason;
    auto out = question->name;
    if (question->port) out += ":" + std::to_string(*question->port);
    if (question->protocol) out += std::string("/") + to_string(*question->protocol);
    return out;
}

}  // namespace

TEST_CASE("what is asked is a number, a number at a host, or a name") {
    struct Row {
        const char* text;
        const char* shown;
    };
    const Row rows[] = {
        {"40805", ":40805"},
        {" 40805/UDP\n", ":40805/udp"},
        {"0", ":0"},
        {"65535", ":65535"},
        {"65536", "no: 65536 is not a port: the highest is 65535"},
        {"99999999999999999999", "no: 99999999999999999999 is not a port: the highest is 65535"},
        {"40805/", "no: \"\" is not a protocol: write tcp, udp, sctp or dccp"},
        {"-1", "-1"},
        {"jb1:10104", "jb1:10104"},
        {"JB1.Prod.:10104/tcp", "jb1.prod:10104/tcp"},
        {"10.1.0.11:10104", "10.1.0.11:10104"},
        {"[2001:DB8::11]:10104", "2001:db8::11:10104"},
        {"[2001:db8::11]", "2001:db8::11"},
        {"2001:db8::11", "2001:db8::11"},
        {"::1", "::1"},
        {"jb1:", "no: \"\" is not a port number: write 0-65535"},
        {"jb1:http", "no: \"http\" is not a port number: write 0-65535"},
        {":80", "no: no host stands before the colon"},
        {"Hydrogen-AJP", "hydrogen-ajp"},
        {"_hydrogen-ajp._tcp.prod.svc.corp.example.", "_hydrogen-ajp._tcp.prod.svc.corp.example"},
        {"10104._tcp._port.prod", "10104._tcp._port.prod"},
        {".", "."},
        {"", "no: nothing is asked: write a port, a name, or HOST:PORT"},
        {" \t", "no: nothing is asked: write a port, a name, or HOST:PORT"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(shown(row.text) == row.shown);
    }
    CHECK(!read_question(std::string(2000, 'x')));
}
