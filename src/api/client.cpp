#include "portolan/api/client.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>

namespace portolan::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::uint64_t most_body = std::uint64_t{1} << 30;

/// Runs one operation to its end, or to its time's.
template <class Start>
Error run(asio::io_context& io, const Start& start) {
    Error result;
    start([&result](Error error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
}

}  // namespace

Answer Client::ask(const std::string& method, const std::string& target, const std::string& body,
                   std::chrono::milliseconds patience) const {
    const auto colon = server_.rfind(':');
    std::string host = server_.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto refuse = [this](const Error& error) {
        throw ClientError(
            fmt::format("no answer from {}: {}. Is a server running there? --api "
                        "names another",
                        server_, error.message()));
    };
    asio::io_context io;
    Error error;
    const auto places = tcp::resolver(io).resolve(
        host, colon == std::string::npos ? "8500" : server_.substr(colon + 1), error);
    if (error) refuse(error);
    beast::tcp_stream stream(io);
    stream.expires_after(patience);
    error = run(io, [&](auto done) { stream.async_connect(places, done); });
    if (error) refuse(error);

    http::request<http::string_body> request(http::string_to_verb(method), target, 11);
    request.set(http::field::host, server_);
    request.set(http::field::user_agent, "portolan");
    if (!token_.empty()) request.set("X-Consul-Token", token_);
    request.body() = body;
    request.prepare_payload();
    error = run(io, [&](auto done) { http::async_write(stream, request, done); });
    if (error) refuse(error);

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(most_body);
    error = run(io, [&](auto done) { http::async_read(stream, buffer, parser, done); });
    if (error) refuse(error);
    const auto& message = parser.get();
    Answer answer{message.result_int(), message.body(), 0};
    const auto index = message["X-Consul-Index"];
    std::from_chars(index.data(), index.data() + index.size(), answer.index);
    return answer;
}

}  // namespace portolan::api
