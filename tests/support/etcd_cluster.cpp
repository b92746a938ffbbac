#include "etcd_cluster.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "portolan/api/client.hpp"

namespace portolan::test {
namespace {

using namespace std::chrono_literals;

/// A port that nobody has now.
int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket, any, size) != 0 || getsockname(socket, any, &size) != 0)
        throw std::runtime_error("no free port");
    close(socket);
    return ntohs(address.sin_port);
}

pid_t run(const std::vector<std::string>& command, const std::string& log) {
    std::vector<char*> arguments;
    for (const auto& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

}  // namespace

EtcdCluster::EtcdCluster(std::size_t size, Tls tls) : tls_(std::move(tls)), nodes_(size) {
    std::string pattern = "/tmp/portolan-etcd-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    for (auto& each : nodes_) each = {-1, free_port(), free_port()};
    for (std::size_t i = 0; i < size; ++i) start(i);
    for (std::size_t i = 0; i < size; ++i) await(i);
}

EtcdCluster::~EtcdCluster() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) kill(i);
    std::filesystem::remove_all(folder_);
}

std::string EtcdCluster::url(int port) const {
    return fmt::format("{}://127.0.0.1:{}", tls_.ca.empty() ? "http" : "https", port);
}

source::EtcdSettings EtcdCluster::settings() const {
    source::EtcdSettings out;
    for (const auto& each : nodes_)
        out.places.push_back({"127.0.0.1", static_cast<std::uint16_t>(each.client_port)});
    out.is_tls = !tls_.ca.empty();
    out.ca = tls_.ca;
    return out;
}

void EtcdCluster::start(std::size_t one) {
    std::string members;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        members +=
            fmt::format("{}e{}=http://127.0.0.1:{}", i == 0 ? "" : ",", i, nodes_[i].peer_port);
    auto& node = nodes_[one];
    const auto peer = fmt::format("http://127.0.0.1:{}", node.peer_port);
    std::vector<std::string> command{"etcd",
                                     "--name",
                                     fmt::format("e{}", one),
                                     "--data-dir",
                                     fmt::format("{}/e{}", folder_, one),
                                     "--listen-client-urls",
                                     url(node.client_port),
                                     "--advertise-client-urls",
                                     url(node.client_port),
                                     "--listen-peer-urls",
                                     peer,
                                     "--initial-advertise-peer-urls",
                                     peer,
                                     "--initial-cluster",
                                     members,
                                     "--unsafe-no-fsync",
                                     "--log-level",
                                     "warn"};
    if (!tls_.ca.empty()) {
        for (const auto& each :
             {std::string("--cert-file"), tls_.certificate, std::string("--key-file"), tls_.key})
            command.push_back(each);
    }
    node.process = run(command, folder_ + "/log");
}

void EtcdCluster::kill(std::size_t one) {
    auto& node = nodes_[one];
    if (node.process < 0) return;
    ::kill(node.process, SIGKILL);
    waitpid(node.process, nullptr, 0);
    node.process = -1;
}

void EtcdCluster::freeze(std::size_t one) { ::kill(nodes_[one].process, SIGSTOP); }
void EtcdCluster::thaw(std::size_t one) { ::kill(nodes_[one].process, SIGCONT); }

void EtcdCluster::await(std::size_t one) const {
    auto settings = this->settings();
    settings.places = {settings.places[one]};
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < until) {
        boost::asio::io_context io;
        source::Etcd etcd(io, settings);
        bool is_there = false;
        etcd.read("", [&](const auto& said) {
            is_there = said || said.error().kind == source::EtcdError::Kind::refused;
            io.stop();
        });
        io.run();
        if (is_there) return;
        std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error("etcd does not start; is etcd-server installed (tools/install test)?");
}

std::string EtcdCluster::post(const std::string& path, const std::string& body) const {
    const api::Client client(fmt::format("127.0.0.1:{}", nodes_.front().client_port));
    return client.ask("POST", path, body).body;
}

void EtcdCluster::ask_for_users(const std::string& user, const std::string& password) const {
    const auto add = [&](const std::string& name, const std::string& secret) {
        static_cast<void>(post("/v3/auth/user/add",
                               fmt::format(R"({{"name":"{}","password":"{}"}})", name, secret)));
        static_cast<void>(post("/v3/auth/role/add", fmt::format(R"({{"name":"{}"}})", name)));
        static_cast<void>(
            post("/v3/auth/user/grant", fmt::format(R"({{"user":"{0}","role":"{0}"}})", name)));
    };
    add("root", "root");
    add(user, password);
    // "/portolan/" to "/portolan0" in base64
    static_cast<void>(
        post("/v3/auth/role/grant",
             fmt::format(R"({{"name":"{}","perm":{{"permType":"READWRITE",)"
                         R"("key":"L3BvcnRvbGFuLw==","range_end":"L3BvcnRvbGFuMA=="}}}})",
                         user)));
    static_cast<void>(post("/v3/auth/enable", "{}"));
}

}  // namespace portolan::test
