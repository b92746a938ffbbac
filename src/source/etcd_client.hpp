// What the requests, the leases and the watches of an Etcd share.
//
// Requests wait in a queue for workers, each of which has a connection of its own and keeps it. The
// place that answered last is asked first. Nothing is called back once the client has ended.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/etcd_connection.hpp"
#include "source/etcd_json.hpp"

namespace portolan::source::etcd {

using Clock = std::chrono::steady_clock;
constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// For co_spawn: what a coroutine throws goes to who runs the io_context.
inline void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

/// How saying something to one etcd has ended.
struct Attempt {
    OrEtcdError<std::string> result = EtcdError{};  // the answer's body
    bool is_passing = false;  // an error that another etcd, or the same later, may not have
};

class Client : public std::enable_shared_from_this<Client> {
public:
    /// Throws StoreError for a bad file of TLS.
    Client(boost::asio::io_context& io, EtcdSettings settings);

    void end();
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

    [[nodiscard]] boost::asio::io_context& io() const noexcept { return io_; }
    [[nodiscard]] const EtcdSettings& settings() const noexcept { return settings_; }
    /// Of all keys, with its slash.
    [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }

    /// A request to whichever etcd answers. What must not happen twice is not said again, unless
    /// it was certainly not heard.
    enum class Repeat : bool { no, yes };
    using Heard = std::function<void(OrEtcdError<std::string>)>;
    void request(std::string path, std::string body, Repeat repeat, Heard heard);

    // For who keeps to one etcd for a while:

    /// Not opened yet; closed when the client ends.
    std::shared_ptr<Connection> connection(std::size_t place);
    [[nodiscard]] std::size_t place() const noexcept { return place_; }
    /// This one does not answer: the next is to be asked.
    void avoid(std::size_t place);
    /// Opens the connection, if it is not, with the token that is to go along.
    Task<std::optional<EtcdError>> reach(std::shared_ptr<Connection> connection);
    Task<Attempt> ask(std::shared_ptr<Connection> connection, std::string path, std::string body);
    [[nodiscard]] const std::string& token() const noexcept { return token_; }
    /// Why etcd refused; a token that it no longer knows is forgotten.
    Attempt refused(const Connection& connection, const Connection::Answer& answer);
    [[nodiscard]] static EtcdError error(const Connection& connection, EtcdError::Kind kind,
                                         std::string_view said);

private:
    struct Job {
        std::string path;
        std::string body;
        Repeat repeat;
        Heard heard;
    };
    struct Worker {
        explicit Worker(boost::asio::io_context& io) : sleep(io, Clock::time_point::max()) {}
        boost::asio::steady_timer sleep;
        bool is_idle = false;
        std::size_t place = 0;
        std::shared_ptr<Connection> connection;
    };

    static Task<void> work(std::shared_ptr<Client> self, std::shared_ptr<Worker> worker);
    static void wake(Worker& worker);
    Task<OrEtcdError<std::string>> say(Job& job, Worker& worker);
    Task<std::optional<EtcdError>> authenticate(Connection& connection);

    boost::asio::io_context& io_;
    const EtcdSettings settings_;
    const std::string prefix_;
    const std::shared_ptr<Tls> tls_;
    std::size_t place_ = 0;
    std::string token_;  // "": to be asked for, with a user
    std::deque<Job> jobs_;
    std::vector<std::shared_ptr<Worker>> workers_;
    std::vector<std::weak_ptr<Connection>> connections_;
    bool has_ended_ = false;
};

/// Keeps a lease alive until `end`.
class LeaseHolder;
std::shared_ptr<LeaseHolder> hold_lease(std::shared_ptr<Client> client, std::chrono::seconds ttl,
                                        Etcd::LeaseEvents events);
void end(LeaseHolder& holder);

/// Follows the keys that begin with `start` until `end`.
class Follower;
std::shared_ptr<Follower> follow(std::shared_ptr<Client> client, std::string start,
                                 Etcd::WatchEvents events);
void end(Follower& follower);

}  // namespace portolan::source::etcd
