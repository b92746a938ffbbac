// The one file of source/ that speaks HTTP, by Boost.Beast.
#include "source/etcd_connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cerrno>
#include <utility>
#include <variant>
#include <vector>

#include "portolan/source/registration_store.hpp"

namespace portolan::source::etcd {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t most_body = std::uint64_t{1} << 30;

void must(const Error& error, const std::string& path, const char* what) {
    if (!error) return;
    throw StoreError(fmt::format("{} is no {} in PEM: {}", path, what, error.message()));
}

}  // namespace

std::string text_of(const EtcdSettings::Place& place) {
    const bool is_v6 = place.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", place.host, is_v6 ? "]" : "", place.port);
}

// --- TLS ----------------------------------------------------------------------------------------

class Tls {
public:
    asio::ssl::context context{asio::ssl::context::tls_client};
};

std::shared_ptr<Tls> read_tls(const EtcdSettings& settings) {
    if (!settings.is_tls) return nullptr;
    auto tls = std::make_shared<Tls>();
    auto& context = tls->context;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(asio::ssl::verify_peer);
    Error error;
    if (settings.ca.empty()) {
        context.set_default_verify_paths();
    } else {
        must(context.load_verify_file(settings.ca, error), settings.ca, "list of certificates");
    }
    if (!settings.certificate.empty()) {
        must(context.use_certificate_chain_file(settings.certificate, error), settings.certificate,
             "certificate");
        must(context.use_private_key_file(settings.key, asio::ssl::context::pem, error),
             settings.key, "private key of that certificate");
    }
    return tls;
}

// --- the connection -----------------------------------------------------------------------------

class Connection::Stream {
public:
    Stream(asio::io_context& io, std::shared_ptr<Tls> tls, EtcdSettings::Place place)
        : resolver_(io), tls_(std::move(tls)), place_(std::move(place)),
          stream_(std::in_place_type<beast::tcp_stream>, io) {
        if (tls_ != nullptr) stream_.emplace<Secure>(beast::tcp_stream(io), tls_->context);
    }

    [[nodiscard]] const EtcdSettings::Place& place() const noexcept { return place_; }
    [[nodiscard]] bool is_open() const noexcept { return is_open_; }

    bool is_stale() {
        if (!is_open_) return true;
        char octet = 0;
        const auto count =
            ::recv(tcp_stream().socket().native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
        return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }

    Task<Error> open(milliseconds patience) {
        Error error;
        const auto places = co_await resolve(error);
        if (error) co_return error;
        tcp_stream().expires_after(patience);
        auto [refused, reached] = co_await tcp_stream().async_connect(places, as_result);
        if (refused) co_return refused;
        tcp_stream().socket().set_option(tcp::no_delay(true), error);
        if (auto* secure = std::get_if<Secure>(&stream_)) {
            error = co_await shake_hands(*secure);
            if (error) co_return error;
        }
        is_open_ = true;
        co_return Error();
    }

    Task<Answer> begin(std::string path, std::string body, std::string token,
                       milliseconds patience) {
        Request message = request(path, std::move(body), token);
        tcp_stream().expires_after(patience);
        Answer answer;
        answer.error = co_await on_stream(
            [&](auto& stream) { return http::async_write(stream, message, as_result); });
        if (answer.error) co_return closed(std::move(answer));
        parser_.emplace();
        parser_->body_limit(most_body);
        answer.error = co_await on_stream([&](auto& stream) {
            return http::async_read_header(stream, buffer_, *parser_, as_result);
        });
        if (answer.error) co_return closed(std::move(answer));
        answer.status = parser_->get().result_int();
        co_return answer;
    }

    Task<Answer> end(Answer answer) {
        answer.error = co_await on_stream(
            [&](auto& stream) { return http::async_read(stream, buffer_, *parser_, as_result); });
        if (answer.error) co_return closed(std::move(answer));
        answer.body = std::move(parser_->get().body());
        if (!parser_->keep_alive()) close();
        co_return answer;
    }

    Task<Answer> more(std::optional<milliseconds> patience) {
        if (patience) {
            tcp_stream().expires_after(*patience);
        } else {
            tcp_stream().expires_never();
        }
        parser_->body_limit(boost::none);
        Answer answer;
        if (parser_->is_done()) {
            answer.error = http::error::end_of_stream;
            co_return closed(std::move(answer));
        }
        answer.error = co_await on_stream([&](auto& stream) {
            return http::async_read_some(stream, buffer_, *parser_, as_result);
        });
        answer.body = std::exchange(parser_->get().body(), std::string());
        if (answer.error) co_return closed(std::move(answer));
        co_return answer;
    }

    void close() {
        is_open_ = false;
        resolver_.cancel();
        tcp_stream().close();
    }

private:
    using Secure = beast::ssl_stream<beast::tcp_stream>;
    using Request = http::request<http::string_body>;

    beast::tcp_stream& tcp_stream() {
        if (auto* plain = std::get_if<beast::tcp_stream>(&stream_)) return *plain;
        return std::get<Secure>(stream_).next_layer();
    }

    /// Awaits an operation of the stream, whichever it is.
    template <class Start>
    Task<Error> on_stream(Start start) {
        if (auto* plain = std::get_if<beast::tcp_stream>(&stream_)) {
            const auto [error, count] = co_await start(*plain);
            co_return error;
        }
        const auto [error, count] = co_await start(std::get<Secure>(stream_));
        co_return error;
    }

    Answer closed(Answer answer) {
        close();
        return answer;
    }

    /// Addresses do without the resolver, whose thread may wait long for DNS.
    Task<std::vector<tcp::endpoint>> resolve(Error& error) {
        std::vector<tcp::endpoint> found;
        Error is_name;
        const auto address = asio::ip::make_address(place_.host, is_name);
        if (!is_name) {
            found.emplace_back(address, place_.port);
            co_return found;
        }
        auto [failed, results] =
            co_await resolver_.async_resolve(place_.host, std::to_string(place_.port), as_result);
        error = failed;
        for (const auto& each : results) found.push_back(each.endpoint());
        co_return found;
    }

    Task<Error> shake_hands(Secure& stream) {
        Error is_name;
        asio::ip::make_address(place_.host, is_name);
        if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), place_.host.c_str());
        stream.set_verify_callback(asio::ssl::host_name_verification(place_.host));
        const auto [error] =
            co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
        co_return error;
    }

    [[nodiscard]] Request request(const std::string& path, std::string body,
                                  const std::string& token) const {
        Request out(http::verb::post, path, 11);
        out.set(http::field::host, text_of(place_));
        out.set(http::field::user_agent, "portolan");
        out.set(http::field::content_type, "application/json");
        if (!token.empty()) out.set(http::field::authorization, token);
        out.body() = std::move(body);
        out.prepare_payload();
        return out;
    }

    tcp::resolver resolver_;
    std::shared_ptr<Tls> tls_;
    const EtcdSettings::Place place_;
    std::variant<beast::tcp_stream, Secure> stream_;
    beast::flat_buffer buffer_;
    std::optional<http::response_parser<http::string_body>> parser_;
    bool is_open_ = false;
};

Connection::Connection(asio::io_context& io, std::shared_ptr<Tls> tls, EtcdSettings::Place place)
    : stream_(std::make_unique<Stream>(io, std::move(tls), std::move(place))) {}
Connection::~Connection() = default;

const EtcdSettings::Place& Connection::place() const noexcept { return stream_->place(); }
bool Connection::is_open() const noexcept { return stream_->is_open(); }
bool Connection::is_stale() { return stream_->is_stale(); }

Task<Error> Connection::open(milliseconds patience) { return stream_->open(patience); }

Task<Connection::Answer> Connection::ask(std::string path, std::string body, std::string token,
                                         milliseconds patience) {
    Answer answer =
        co_await stream_->begin(std::move(path), std::move(body), std::move(token), patience);
    if (answer.error) co_return answer;
    co_return co_await stream_->end(std::move(answer));
}

Task<Connection::Answer> Connection::begin(std::string path, std::string body, std::string token,
                                           milliseconds patience) {
    Answer answer =
        co_await stream_->begin(std::move(path), std::move(body), std::move(token), patience);
    if (answer.error || answer.status == 200) co_return answer;
    co_return co_await stream_->end(std::move(answer));
}

Task<Connection::Answer> Connection::more(std::optional<milliseconds> patience) {
    return stream_->more(patience);
}

void Connection::close() { stream_->close(); }

}  // namespace portolan::source::etcd
