#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "portolan/api/server.hpp"

namespace portolan::api {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

/// A server whose every response is a stream, and a client of it that has asked.
struct Streaming {
    explicit Streaming(ServerLimits limits = {}) {
        tcp::acceptor listening(io, {boost::asio::ip::address_v4::loopback(), 0});
        const auto place = listening.local_endpoint();
        server.emplace(
            io, listening.release(),
            [this](const Request&, const Respond& respond) {
                Response response;
                response.type = "text/event-stream";
                response.goes_on = [this](StreamPtr one) { stream = std::move(one); };
                respond(std::move(response));
            },
            nullptr, limits);
        client.connect(place);
        boost::asio::write(client,
                           boost::asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        run_until([this] { return stream != nullptr; });
    }

    void run_until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!condition() && std::chrono::steady_clock::now() < end) io.run_for(5ms);
        CHECK(condition());
    }
    void write(std::string text) {
        stream->write(std::make_shared<const std::string>(std::move(text)));
    }
    std::string received() {
        std::string text(65536, '\0');
        text.resize(client.read_some(boost::asio::buffer(text)));
        return text;
    }

    boost::asio::io_context io;
    std::optional<Server> server;
    tcp::socket client{io};
    StreamPtr stream;
};

TEST_CASE("a stream's texts come in their order, behind a head without a length", "[stream]") {
    Streaming one;
    one.write("a");
    one.write("");
    one.write("b");
    one.io.run_for(50ms);
    const auto text = one.received();
    CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(text.find("Connection: close\r\n") != std::string::npos);
    CHECK(text.find("Content-Length") == std::string::npos);
    CHECK(text.ends_with("\r\n\r\nab"));
    CHECK(one.stream->is_open());
}

TEST_CASE("a reader who goes away is noticed, and gives the place back", "[stream]") {
    Streaming one;
    CHECK(one.server->connections() == 1);
    one.client.close();
    one.run_until([&] { return !one.stream->is_open(); });
    CHECK(one.server->connections() == 0);
    one.write("into nothing");
}

TEST_CASE("a reader who takes nothing is left when the time is over", "[stream]") {
    Streaming one({.departure = 200ms, .unsent = 64 * 1024 * 1024});
    for (int i = 0; i < 16; ++i)
        one.write(std::string(1024 * 1024, 'x'));  // more than sockets hold
    CHECK(one.stream->is_open());
    one.run_until([&] { return !one.stream->is_open(); });
    CHECK(one.server->connections() == 0);
}

TEST_CASE("a reader for whom too much waits is left at once", "[stream]") {
    Streaming one({.unsent = 1000});
    one.write(std::string(900, 'x'));
    CHECK(one.stream->is_open());
    one.write(std::string(900, 'x'));
    CHECK(!one.stream->is_open());
    CHECK(one.server->connections() == 0);
    one.io.run_for(20ms);
}

}  // namespace
}  // namespace portolan::api
