// HTTP with one etcd, in the clear or by TLS.
//
// Each operation is a coroutine on the thread of the io_context. It ends within the time that it is
// given, and at once when somebody closes the connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "portolan/source/etcd.hpp"

namespace portolan::source::etcd {

using std::chrono::milliseconds;
template <class T>
using Task = boost::asio::awaitable<T>;

/// What TLS needs of its files, read once.
class Tls;
/// nullptr without TLS. Throws StoreError for a bad file.
std::shared_ptr<Tls> read_tls(const EtcdSettings& settings);

/// "10.0.0.1:2379", "[::1]:2379".
std::string text_of(const EtcdSettings::Place& place);

class Connection {
public:
    struct Answer {
        boost::system::error_code error;  // set: there is no answer, and the connection is closed
        unsigned status = 0;
        std::string body;
    };

    Connection(boost::asio::io_context& io, std::shared_ptr<Tls> tls, EtcdSettings::Place place);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] const EtcdSettings::Place& place() const noexcept;
    [[nodiscard]] bool is_open() const noexcept;
    /// Whether etcd has closed it since the last answer.
    [[nodiscard]] bool is_stale();

    /// Why it cannot be opened, if so.
    Task<boost::system::error_code> open(milliseconds patience);
    /// `token` "": none. One at a time.
    Task<Answer> ask(std::string path, std::string body, std::string token, milliseconds patience);

    /// The same for an answer that has no end, of which `more` brings what has come since. An
    /// answer other than 200 comes with its body.
    Task<Answer> begin(std::string path, std::string body, std::string token,
                       milliseconds patience);
    Task<Answer> more(std::optional<milliseconds> patience);

    void close();

private:
    class Stream;
    std::unique_ptr<Stream> stream_;
};

}  // namespace portolan::source::etcd
