// The one file that serves HTTP by Boost.Beast.
#include "portolan/api/server.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

namespace portolan::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::chrono::milliseconds accept_pause{100};  // when the system has no more descriptors
constexpr std::chrono::seconds gone_pause{1};  // between two looks at a client that may be gone

registry::Address address_of(const tcp::endpoint& peer) {
    registry::Address address;
    if (peer.address().is_v4()) {
        const auto octets = peer.address().to_v4().to_bytes();
        std::ranges::copy(octets, address.octets.begin());
        address.size = 4;
        return address;
    }
    const auto v6 = peer.address().to_v6();
    if (v6.is_v4_mapped()) {  // an IPv4 client of a [::] socket
        return address_of({asio::ip::make_address_v4(asio::ip::v4_mapped, v6), peer.port()});
    }
    const auto octets = v6.to_bytes();
    std::ranges::copy(octets, address.octets.begin());
    address.size = 16;
    return address;
}

std::string token_of(const http::request<http::string_body>& message) {
    if (const auto own = message.find("X-Consul-Token"); own != message.end())
        return std::string(own->value());
    const auto bearer = message.find(http::field::authorization);
    if (bearer == message.end()) return "";
    const std::string_view value(bearer->value().data(), bearer->value().size());
    constexpr std::string_view scheme = "Bearer ";
    return value.starts_with(scheme) ? std::string(value.substr(scheme.size())) : "";
}

}  // namespace

struct Server::State {
    State(asio::io_context& the_io, Handler the_handler, const net::TlsServer* the_tls,
          ServerLimits the_limits)
        : io(the_io), acceptor(the_io), pause(the_io), handler(std::move(the_handler)),
          tls(the_tls), limits(the_limits) {}

    asio::io_context& io;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    Handler handler;
    const net::TlsServer* tls;  // nullptr: in the clear
    ServerLimits limits;
    std::size_t connections = 0;
};

namespace {

/// Octets in the clear.
struct Clear {
    explicit Clear(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
};

/// Octets through TLS, with the certificate that was the server's when the connection came.
struct Secure {
    Secure(tcp::socket socket, const net::TlsContext& shared)
        : context((SSL_CTX_up_ref(shared.get()), shared.get())),
          stream(std::move(socket), context) {}
    asio::ssl::context context;  // gives its reference back
    beast::ssl_stream<beast::tcp_stream> stream;
};

/// One connection, which lives as long as something of it is under way.
template <class State, class Transport>
class Session : public Stream, public std::enable_shared_from_this<Session<State, Transport>> {
public:
    template <class... Context>
    Session(tcp::socket socket, std::shared_ptr<State> server, Context&&... context)
        : transport_(std::move(socket), std::forward<Context>(context)...), gone_(server->io),
          server_(std::move(server)) {
        ++server_->connections;
        Error ignored;
        const auto peer = tcp_stream().socket().remote_endpoint(ignored);
        if (!ignored) peer_ = address_of(peer);
        tcp_stream().socket().set_option(tcp::no_delay(true), ignored);
    }
    ~Session() override { give_up_place(); }

    void begin() {
        if constexpr (is_secure) return shake_hands();
        await_request();
    }

    void write(std::shared_ptr<const std::string> text) override {
        if (is_gone_ || text->empty()) return;
        unsent_octets_ += text->size();
        if (unsent_octets_ > server_->limits.unsent) return leave();
        unsent_.push_back(std::move(text));
        if (unsent_.size() == 1) write_next();
    }

    [[nodiscard]] bool is_open() const noexcept override { return !is_gone_; }

private:
    using Parser = http::request_parser<http::string_body>;
    static constexpr bool is_secure = std::is_same_v<Transport, Secure>;

    beast::tcp_stream& tcp_stream() { return beast::get_lowest_layer(transport_.stream); }

    void shake_hands() {
        tcp_stream().expires_after(server_->limits.arrival);
        transport_.stream.async_handshake(
            asio::ssl::stream_base::server, [self = this->shared_from_this()](Error error) {
                if (error) return spdlog::debug("no TLS on the API: {}", error.message());
                self->certified_ = net::client_names(self->transport_.stream.native_handle());
                self->await_request();
            });
    }

    /// Waits for the first octet of a request, however that takes, and then for all of it.
    void await_request() {
        if (buffer_.size() > 0) return read_head();
        tcp_stream().expires_after(server_->limits.silence);
        transport_.stream.async_read_some(
            buffer_.prepare(4096),
            [self = this->shared_from_this()](Error error, std::size_t count) {
                self->buffer_.commit(count);
                if (!error) self->read_head();
            });
    }

    void give_up_place() {
        if (std::exchange(has_place_, false)) --server_->connections;
    }

    void read_head() {
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(server_->limits.head));
        parser_->body_limit(server_->limits.body);
        tcp_stream().expires_after(server_->limits.arrival);
        http::async_read_header(transport_.stream, buffer_, *parser_,
                                [self = this->shared_from_this()](Error error, std::size_t) {
                                    if (error) return self->refuse(error);
                                    self->read_body();
                                });
    }

    void read_body() {
        const auto expect = parser_->get().find(http::field::expect);
        if (expect != parser_->get().end() && beast::iequals(expect->value(), "100-continue")) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            return asio::async_write(transport_.stream, asio::buffer(go_on),
                                     [self = this->shared_from_this()](Error error, std::size_t) {
                                         if (!error) self->read_rest();
                                     });
        }
        read_rest();
    }

    void read_rest() {
        http::async_read(transport_.stream, buffer_, *parser_,
                         [self = this->shared_from_this()](Error error, std::size_t) {
                             if (error) return self->refuse(error);
                             self->handle();
                         });
    }

    /// Says what was wrong with a request that could not be read, and closes.
    void refuse(Error error) {
        keeps_alive_ = false;
        version_ = 11;
        if (error == http::error::body_limit) {
            return send(text_response(413, "the body is too large: at most 1 MiB"));
        }
        if (error == http::error::header_limit) {
            return send(text_response(431, "the headers are too large: at most 8 KiB"));
        }
        if (error == beast::error::timeout || error == http::error::end_of_stream ||
            error.category() != http::make_error_code(http::error::bad_value).category())
            return;  // nobody is there to read it, or too slow to
        send(text_response(400, "Bad request: " + error.message()));
    }

    void handle() {
        const auto& message = parser_->get();
        keeps_alive_ = message.keep_alive();
        version_ = message.version();
        is_head_ = message.method() == http::verb::head;
        Request request;
        const auto method = is_head_ ? beast::string_view("GET") : message.method_string();
        request.method = std::string(method);
        request.token = token_of(message);
        request.if_none_match = std::string(message[http::field::if_none_match]);
        request.peer = peer_;
        request.certified = certified_;
        const auto target = message.target();
        if (!read_target({target.data(), target.size()}, request))
            return send(text_response(400, "Bad request: the target is no path"));
        request.body = std::move(parser_->get().body());
        tcp_stream().expires_never();
        is_answered_ = false;
        ++requests_;
        server_->handler(request, [self = this->shared_from_this()](Response response) {
            self->is_answered_ = true;
            self->send(std::move(response));
        });
        if (!is_answered_) watch_for_the_end();
    }

    /// While an answer is waited for, a client that goes away must not keep its place.
    void watch_for_the_end() {
        tcp_stream().socket().async_wait(
            tcp::socket::wait_read,
            [weak = this->weak_from_this(), request = requests_](Error error) {
                if (const auto self = weak.lock(); self && !error) self->look_for_the_end(request);
            });
    }

    /// Something came, or the end did. What came may be the next request, which may wait.
    void look_for_the_end(std::uint64_t request) {
        if (is_answered_ || requests_ != request) return;
        pollfd one{tcp_stream().socket().native_handle(), POLLRDHUP, 0};
        if (poll(&one, 1, 0) == 1) return leave();
        gone_.expires_after(gone_pause);
        gone_.async_wait([weak = this->weak_from_this(), request](Error error) {
            if (const auto self = weak.lock(); self && !error) self->look_for_the_end(request);
        });
    }

    void leave() {
        is_gone_ = true;
        give_up_place();
        tcp_stream().close();
    }

    void send(Response response) {
        if (is_gone_) return;
        if (response.goes_on) keeps_alive_ = false;
        response_.emplace(static_cast<http::status>(response.status), version_);
        auto& message = *response_;
        message.set(http::field::server, "portolan");
        if (!response.body.empty() || response.goes_on)
            message.set(http::field::content_type, response.type);
        for (const auto& [name, value] : response.headers) message.set(name, value);
        message.keep_alive(keeps_alive_);
        const auto size = response.body.size();
        if (!is_head_) message.body() = std::move(response.body);
        const bool has_length = response.status != 304 && !response.goes_on;
        if (has_length) message.content_length(size);
        if (!is_head_) go_on_ = std::move(response.goes_on);
        tcp_stream().expires_after(server_->limits.departure);
        http::async_write(
            transport_.stream, message,
            [self = this->shared_from_this()](Error error, std::size_t) { self->sent(error); });
    }

    void sent(Error error) {
        response_.reset();
        parser_.reset();
        if (error) return;
        if (go_on_) return stream();
        if (keeps_alive_) return await_request();
        tcp_stream().expires_after(server_->limits.arrival);
        if constexpr (is_secure) {
            transport_.stream.async_shutdown(
                [self = this->shared_from_this()](Error) { self->end_sending(); });
        } else {
            end_sending();
        }
    }

    void stream() {
        tcp_stream().expires_never();
        is_answered_ = false;  // not to its end
        watch_for_the_end();
        std::exchange(go_on_, nullptr)(this->shared_from_this());
    }

    void write_next() {
        tcp_stream().expires_after(server_->limits.departure);
        asio::async_write(transport_.stream, asio::buffer(*unsent_.front()),
                          [self = this->shared_from_this()](Error error, std::size_t count) {
                              if (error) return self->leave();
                              self->unsent_octets_ -= count;
                              self->unsent_.pop_front();
                              self->tcp_stream().expires_never();
                              if (!self->unsent_.empty()) self->write_next();
                          });
    }

    void end_sending() {
        Error ignored;
        tcp_stream().socket().shutdown(tcp::socket::shutdown_send, ignored);
        linger();
    }

    /// What still comes is read and dropped for a moment: to close on it would reset the
    /// connection, and take the reply away from a client that is still sending.
    void linger() {
        buffer_.clear();
        tcp_stream().async_read_some(buffer_.prepare(4096),
                                     [self = this->shared_from_this()](Error error, std::size_t) {
                                         if (!error && ++self->lingered_ < most_lingering)
                                             self->linger();
                                     });
    }

    static constexpr int most_lingering = 1024;  // reads of 4 KiB

    Transport transport_;
    asio::steady_timer gone_;
    std::shared_ptr<State> server_;
    registry::Address peer_;
    std::vector<std::string> certified_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::optional<http::response<http::string_body>> response_;
    std::function<void(StreamPtr)> go_on_;
    std::deque<std::shared_ptr<const std::string>> unsent_;  // of a stream; the first is on its way
    std::size_t unsent_octets_ = 0;
    unsigned version_ = 11;
    std::uint64_t requests_ = 0;
    int lingered_ = 0;
    bool keeps_alive_ = false;
    bool is_head_ = false;
    bool is_answered_ = false;
    bool is_gone_ = false;
    bool has_place_ = true;
};

template <class State>
void serve(const std::shared_ptr<State>& state, tcp::socket socket) {
    if (state->tls == nullptr) {
        std::make_shared<Session<State, Clear>>(std::move(socket), state)->begin();
    } else {
        const auto context = state->tls->context();
        std::make_shared<Session<State, Secure>>(std::move(socket), state, context)->begin();
    }
}

template <class State>
void accept(const std::shared_ptr<State>& state) {
    state->acceptor.async_accept([state](Error error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            spdlog::warn("the API cannot take a connection: {}", error.message());
            state->pause.expires_after(accept_pause);
            state->pause.async_wait([state](Error stopped) {
                if (!stopped) accept(state);
            });
            return;
        }
        if (state->connections < state->limits.connections) serve(state, std::move(socket));
        accept(state);
    });
}

}  // namespace

Server::Server(asio::io_context& io, int listening, Handler handler, const net::TlsServer* tls,
               ServerLimits limits)
    : state_(std::make_shared<State>(io, std::move(handler), tls, limits)) {
    sockaddr_storage own{};
    socklen_t size = sizeof(own);
    getsockname(listening, reinterpret_cast<sockaddr*>(&own), &size);
    state_->acceptor.assign(own.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), listening);
    accept(state_);
}

Server::~Server() {
    Error ignored;
    state_->acceptor.close(ignored);
    state_->pause.cancel();
}

std::size_t Server::connections() const noexcept { return state_->connections; }

}  // namespace portolan::api
