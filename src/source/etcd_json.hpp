// The bodies of etcd's JSON gateway, both ways; pure.
//
// The gateway is gRPC's messages as JSON: 64-bit numbers are texts, octets are base64, and what is
// zero, false or empty is left out. Keys are given and told without the prefix, which is before
// each of them in etcd.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portolan/source/etcd_values.hpp"

namespace portolan::source::etcd {

// --- requests ------------------------------------------------------------------------------------

std::string txn_json(const Txn& txn, std::string_view prefix);

/// Keys that begin with `start`, in order, as of a revision (0: now) …
struct Page {
    std::string start;
    std::string after{};  // … behind this one ("": from the first) …
    std::uint64_t revision = 0;
    std::size_t most = 100;  // … and so many
};
std::string page_json(const Page& page, std::string_view prefix);
/// The number of keys. What it says does not matter: only an etcd with a majority can say it.
std::string beat_json(std::string_view prefix);
std::string watch_json(std::string_view start, std::uint64_t revision, std::string_view prefix);
std::string grant_json(std::chrono::seconds ttl);
std::string lease_json(std::uint64_t id);  // to keep it alive, or to revoke it
std::string authenticate_json(std::string_view user, std::string_view password);

// --- replies -------------------------------------------------------------------------------------
// What is no such reply is an EtcdError of Kind::unknown.

OrEtcdError<Committed> read_committed(std::string_view body, std::string_view prefix);

struct PageRead {
    State state;
    bool is_more = false;
};
OrEtcdError<PageRead> read_page(std::string_view body, std::string_view prefix);

/// All keys that begin alike, read page by page as of one revision.
class Pages {
public:
    Pages(std::string start, std::string prefix)
        : page_{std::move(start)}, prefix_(std::move(prefix)) {}

    /// The next request.
    [[nodiscard]] std::string request() const { return page_json(page_, prefix_); }
    /// Its answer. What is wrong with it; else whether this was the last one.
    OrEtcdError<bool> take(std::string_view body);
    [[nodiscard]] State& state() noexcept { return state_; }

private:
    Page page_;
    std::string prefix_;
    State state_;
};

/// One line of the stream that a watch is.
struct WatchLine {
    bool is_created = false;
    bool is_canceled = false;
    std::uint64_t compact_revision = 0;  // canceled, since what is older is gone; 0: for …
    std::string reason;                  // … this
    std::vector<Event> events;
};
OrEtcdError<WatchLine> read_watch_line(std::string_view line, std::string_view prefix);

struct Grant {
    std::uint64_t id = 0;
    std::chrono::seconds ttl{};  // 0: there is no such lease
};
OrEtcdError<Grant> read_grant(std::string_view body);
OrEtcdError<Grant> read_kept_alive(std::string_view line);
OrEtcdError<std::string> read_token(std::string_view body);

/// What a reply says that is not 200.
struct Fault {
    std::uint64_t code = 0;  // gRPC's
    std::string text;
    /// The token is not, or no longer, known.
    [[nodiscard]] bool is_of_token() const;
    /// This etcd cannot decide now: another may, or the same later.
    [[nodiscard]] bool is_passing() const;
};
Fault read_fault(unsigned status, std::string_view body);

}  // namespace portolan::source::etcd
