#include "source/etcd_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

namespace portolan::source::etcd {
namespace {

namespace asio = boost::asio;
using Kind = EtcdError::Kind;

constexpr std::size_t most_workers = 16;

}  // namespace

Client::Client(asio::io_context& io, EtcdSettings settings)
    : io_(io), settings_(std::move(settings)), prefix_(settings_.prefix + "/"),
      tls_(read_tls(settings_)) {}

void Client::end() {
    has_ended_ = true;
    jobs_.clear();
    for (const auto& each : workers_) wake(*each);
    for (const auto& each : connections_) {
        if (const auto open = each.lock()) open->close();
    }
}

// --- requests -----------------------------------------------------------------------------------

void Client::request(std::string path, std::string body, Repeat repeat, Heard heard) {
    if (has_ended_) return;
    jobs_.push_back({std::move(path), std::move(body), repeat, std::move(heard)});
    for (const auto& each : workers_) {
        if (each->is_idle) return wake(*each);
    }
    if (workers_.size() == most_workers) return;
    workers_.push_back(std::make_shared<Worker>(io_));
    asio::co_spawn(io_, work(shared_from_this(), workers_.back()), rethrow);
}

void Client::wake(Worker& worker) {
    worker.is_idle = false;
    worker.sleep.cancel();
}

Task<void> Client::work(std::shared_ptr<Client> self, std::shared_ptr<Worker> worker) {
    co_await asio::post(asio::use_awaitable);
    while (!self->has_ended_) {
        if (self->jobs_.empty()) {
            worker->is_idle = true;
            co_await worker->sleep.async_wait(as_result);
            continue;
        }
        Job job = std::move(self->jobs_.front());
        self->jobs_.pop_front();
        auto result = co_await self->say(job, *worker);
        if (!self->has_ended_) job.heard(std::move(result));
    }
    worker->connection.reset();
}

/// To one etcd after the other, until one answers.
Task<OrEtcdError<std::string>> Client::say(Job& job, Worker& worker) {
    Attempt attempt;
    std::size_t place = place_;
    for (std::size_t i = 0; i < settings_.places.size() && !has_ended_; ++i) {
        auto& connection = worker.connection;
        if (connection == nullptr || worker.place != place || connection->is_stale()) {
            connection = this->connection(place);
            worker.place = place;
        }
        attempt = co_await ask(connection, job.path, job.body);
        if (attempt.result || !attempt.is_passing) break;
        avoid(place);
        if (attempt.result.error().kind == Kind::unknown && job.repeat == Repeat::no) break;
        place = (place + 1) % settings_.places.size();
    }
    co_return std::move(attempt.result);
}

// --- one etcd -----------------------------------------------------------------------------------

std::shared_ptr<Connection> Client::connection(std::size_t place) {
    std::erase_if(connections_, [](const auto& each) { return each.expired(); });
    auto made = std::make_shared<Connection>(io_, tls_, settings_.places[place]);
    connections_.push_back(made);
    return made;
}

void Client::avoid(std::size_t place) {
    if (place_ == place) place_ = (place + 1) % settings_.places.size();
}

EtcdError Client::error(const Connection& connection, Kind kind, std::string_view said) {
    return {kind, fmt::format("etcd at {}: {}", text_of(connection.place()), said)};
}

Task<std::optional<EtcdError>> Client::reach(std::shared_ptr<Connection> connection) {
    if (!connection->is_open()) {
        const auto refusal = co_await connection->open(settings_.patience);
        if (refusal) co_return error(*connection, Kind::unreachable, refusal.message());
    }
    if (settings_.user.empty() || !token_.empty()) co_return std::nullopt;
    co_return co_await authenticate(*connection);
}

Task<std::optional<EtcdError>> Client::authenticate(Connection& connection) {
    const auto answer = co_await connection.ask(
        "/v3/auth/authenticate", authenticate_json(settings_.user, settings_.password), "",
        settings_.patience);
    if (answer.error) co_return error(connection, Kind::unreachable, answer.error.message());
    if (answer.status != 200) {
        const auto fault = read_fault(answer.status, answer.body);
        co_return error(connection, fault.is_passing() ? Kind::unreachable : Kind::refused,
                        fmt::format("{} (user \"{}\")", fault.text, settings_.user));
    }
    auto token = read_token(answer.body);
    if (!token) co_return token.error();
    token_ = *std::move(token);
    co_return std::nullopt;
}

Task<Attempt> Client::ask(std::shared_ptr<Connection> connection, std::string path,
                          std::string body) {
    Attempt out;
    for (int turn = 0; turn < 2; ++turn) {
        if (auto failed = co_await reach(connection)) {
            out.is_passing = failed->kind != Kind::refused;
            out.result = *std::move(failed);
            co_return out;
        }
        const bool had_token = !token_.empty();
        auto answer = co_await connection->ask(path, body, token_, settings_.patience);
        if (answer.error) {
            out.is_passing = true;
            out.result = error(*connection, Kind::unknown, answer.error.message());
            co_return out;
        }
        if (answer.status == 200) {
            out.result = std::move(answer.body);
            co_return out;
        }
        out = refused(*connection, answer);
        if (!had_token || !token_.empty()) co_return out;  // else: once more, with another
    }
    co_return out;
}

Attempt Client::refused(const Connection& connection, const Connection::Answer& answer) {
    const auto fault = read_fault(answer.status, answer.body);
    if (fault.is_of_token()) token_.clear();
    Attempt out;
    out.is_passing = fault.is_passing();
    out.result = error(connection, fault.is_passing() ? Kind::unknown : Kind::refused, fault.text);
    return out;
}

}  // namespace portolan::source::etcd
