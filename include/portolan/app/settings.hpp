// What `serve` can be told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "portolan/answer/rate_limit.hpp"
#include "portolan/app/query_log.hpp"
#include "portolan/net/endpoint.hpp"
#include "portolan/net/socket.hpp"
#include "portolan/net/tcp.hpp"
#include "portolan/net/tls.hpp"
#include "portolan/registry/plan.hpp"
#include "portolan/source/etcd.hpp"

namespace portolan::app {

/// Where programs register (api/).
struct ApiSettings {
    bool is_off = false;
    std::optional<net::Endpoint> listen;     // none: 127.0.0.1:8500 when a plan has `dynamic:`
    bool is_tls = false;                     // by the certificate of ServeSettings::tls
    std::vector<registry::Network> trusted;  // whose callers need no token
};

/// Where registrations are kept, and what several nodes agree upon: in the state folder, by this
/// server alone, or in an etcd that they share.
struct StoreSettings {
    std::optional<source::EtcdSettings> etcd;  // none: the state folder
    std::string node;                          // this one's name among those that share it
    /// For how long a node that is cut off from etcd gives its zones to secondaries.
    std::chrono::seconds stale_after{600};
};

struct ServeSettings {
    std::vector<std::string> plans;  // files and folders
    std::vector<net::Endpoint> listen;
    std::vector<net::Endpoint> listen_tls;
    net::TlsFiles tls;  // where listen_tls has any, or the API speaks it
    unsigned workers = 1;
    std::string state;               // folder; empty: nothing is kept
    std::uint16_t udp_limit = 1232;  // octets of a UDP reply, 512 to 4096
    std::uint16_t udp_limit_without_cookie =
        0;                         // the same for clients that may be forged; 0: as all
    bool requires_cookie = false;  // of UDP clients that know cookies
    std::string cookie_secrets;    // file; empty: one at random
    answer::Identity identity;
    answer::RateLimits rate;  // in all workers
    QueryLogSettings query_log;
    ApiSettings api;
    StoreSettings store;
    net::SocketBuffers udp_buffers;
    net::TcpLimits tcp;
    std::chrono::milliseconds patience{5000};  // for TCP clients to take their replies at the end
    unsigned check_rate = 1000;                // health checks that begin in a second
    bool watch = true;                         // reload when plan files change
};

}  // namespace portolan::app
