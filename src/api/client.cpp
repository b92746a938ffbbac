#include "portolan/api/client.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <optional>

namespace portolan::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::uint64_t most_body = std::uint64_t{1} << 30;
constexpr std::string_view scheme = "https://";
constexpr std::string_view clear_scheme = "http://";

/// Where a server is said to be.
struct Place {
    explicit Place(std::string_view text) : is_secure(text.starts_with(scheme)) {
        if (is_secure) text.remove_prefix(scheme.size());
        if (text.starts_with(clear_scheme)) text.remove_prefix(clear_scheme.size());
        while (text.ends_with('/')) text.remove_suffix(1);
        shown = text;
        const auto colon = text.ends_with(']') ? std::string_view::npos : text.rfind(':');
        host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon + 1);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    }

    bool is_secure;
    std::string shown;  // as HTTP's Host has it
    std::string host;
    std::string port = "8500";
};

/// Runs one operation to its end, or to its time's.
template <class Start>
void run(asio::io_context& io, const Start& start) {
    Error result;
    start([&result](Error error, auto&&...) { result = error; });
    io.restart();
    io.run();
    if (result) throw boost::system::system_error(result);
}

void must(const Error& error, const std::string& path, const char* what) {
    if (!error) return;
    throw ClientError(fmt::format("{} is no {} in PEM: {}", path, what, error.message()));
}

ssl::context context_of(const Credentials& credentials) {
    ssl::context context(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    context.set_verify_mode(ssl::verify_peer);
    Error error;
    if (credentials.ca.empty())
        context.set_default_verify_paths(error);
    else
        must(context.load_verify_file(credentials.ca, error), credentials.ca,
             "list of certificates");
    if (!credentials.certificate.empty()) {
        must(context.use_certificate_chain_file(credentials.certificate, error),
             credentials.certificate, "certificate");
        must(context.use_private_key_file(credentials.key, ssl::context::pem, error),
             credentials.key, "private key of that certificate");
    }
    return context;
}

template <class Stream>
Answer exchange(asio::io_context& io, Stream& stream,
                const http::request<http::string_body>& request) {
    run(io, [&](auto done) { http::async_write(stream, request, done); });
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(most_body);
    run(io, [&](auto done) { http::async_read(stream, buffer, parser, done); });
    const auto& message = parser.get();
    Answer answer{message.result_int(), message.body(), 0};
    const auto index = message["X-Consul-Index"];
    std::from_chars(index.data(), index.data() + index.size(), answer.index);
    return answer;
}

void shake_hands(asio::io_context& io, beast::ssl_stream<beast::tcp_stream>& stream,
                 const std::string& host) {
    Error is_name;
    asio::ip::make_address(host, is_name);
    if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_callback(ssl::host_name_verification(host));  // addresses too
    run(io, [&](auto done) { stream.async_handshake(ssl::stream_base::client, done); });
}

}  // namespace

Answer Client::ask(const std::string& method, const std::string& target, const std::string& body,
                   std::chrono::milliseconds patience) const {
    const Place place(server_);
    http::request<http::string_body> request(http::string_to_verb(method), target, 11);
    request.set(http::field::host, place.shown);
    request.set(http::field::user_agent, "portolan");
    if (!credentials_.token.empty()) request.set("X-Consul-Token", credentials_.token);
    request.body() = body;
    request.prepare_payload();
    asio::io_context io;
    try {
        const auto places = tcp::resolver(io).resolve(place.host, place.port);
        std::optional<ssl::context> context;
        if (place.is_secure) context = context_of(credentials_);
        beast::tcp_stream stream(io);
        stream.expires_after(patience);
        run(io, [&](auto done) { stream.async_connect(places, done); });
        if (!context) return exchange(io, stream, request);
        beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *context);
        shake_hands(io, secure, place.host);
        return exchange(io, secure, request);
    } catch (const boost::system::system_error& error) {
        throw ClientError(
            fmt::format("no answer from {}: {}. Is a server running there? --api names another",
                        server_, error.code().message()));
    }
}

}  // namespace portolan::api
