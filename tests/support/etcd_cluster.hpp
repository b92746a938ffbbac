// Real etcds for a test: one, or some that form a cluster, on 127.0.0.1.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "portolan/source/etcd.hpp"

namespace portolan::test {

class EtcdCluster {
public:
    struct Tls {
        std::string ca;           // files; "": in the clear
        std::string certificate;  // of the etcds
        std::string key;
    };

    /// Starts them, and waits until they answer. Fails the test when they do not.
    explicit EtcdCluster(std::size_t size = 1, Tls tls = {});
    ~EtcdCluster();
    EtcdCluster(const EtcdCluster&) = delete;
    EtcdCluster& operator=(const EtcdCluster&) = delete;

    [[nodiscard]] source::EtcdSettings settings() const;
    void kill(std::size_t one);   // and waits for its end
    void start(std::size_t one);  // with what it had on disk
    void freeze(std::size_t one);
    void thaw(std::size_t one);
    void await(std::size_t one) const;  // until it can decide
    /// A request that the client has no function for; its answer. `token` "" for none.
    [[nodiscard]] std::string post(const std::string& path, const std::string& body) const;
    /// Makes `user` with that password, who may everything below /portolan/, and asks for users
    /// from now on.
    void ask_for_users(const std::string& user, const std::string& password) const;

private:
    struct Node {
        pid_t process = -1;
        int client_port = 0;
        int peer_port = 0;
    };
    [[nodiscard]] std::string url(int port) const;

    std::string folder_;
    Tls tls_;
    std::vector<Node> nodes_;
};

}  // namespace portolan::test
