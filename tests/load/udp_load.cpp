// udp_load: asks a server as fast as it answers, and looks at every octet of what it says.
//
//     udp_load ADDR:PORT CASES [--seconds N] [--rate N] [--sockets N] [--window N]
//
// CASES is a file with a case a line: the query, then each reply that is right, all in hexadecimal
// and without the first two octets, the ID. A reply must be one of them to the octet: entirely one
// state of the zone or entirely another, never a mixture.
//
// The loop is closed: each socket has at most `window` queries under way, so nothing is asked that
// nobody waits for. A query without an answer after a second is lost, and counted apart from
// replies that the system dropped at our own sockets. --rate caps the queries a second (0: no cap).
//
// Ends with one line of JSON on standard output and status 0; what the numbers mean is the caller's
// to judge. Status 2: bad arguments.
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "portolan/net/endpoint.hpp"
#include "portolan/net/socket.hpp"

namespace {

using Octets = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace net = portolan::net;

constexpr std::size_t largest_reply = 4096;
constexpr std::size_t slots_limit = 64;  // an ID is 10 bits of turn and 6 bits of slot
constexpr auto patience = 1s;

[[noreturn]] void refuse(const std::string& why) {
    fmt::print(stderr, "udp_load: {}\n", why);
    std::exit(2);
}

struct Case {
    Octets query;                 // without the ID
    std::vector<Octets> replies;  // likewise; any of them is right
};

struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    std::uint64_t wrong = 0;
    std::uint64_t late = 0;               // the answer to a query given up, or one nobody asked
    std::vector<std::uint64_t> variants;  // answers by which of the replies they were
};

Octets octets_of(const std::string& hex) {
    Octets octets;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        std::uint8_t octet = 0;
        const char* end = hex.data() + i + 2;
        if (std::from_chars(hex.data() + i, end, octet, 16).ptr != end) refuse("CASES: bad hex");
        octets.push_back(octet);
    }
    return octets;
}

std::vector<Case> read_cases(const char* path) {
    std::ifstream file(path);
    std::vector<Case> cases;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        Case one;
        while (words >> word) {
            (one.query.empty() ? one.query : one.replies.emplace_back()) = octets_of(word);
        }
        if (!one.replies.empty()) cases.push_back(std::move(one));
    }
    if (cases.empty()) refuse(fmt::format("{}: no cases", path));
    return cases;
}

/// One socket with its queries under way.
class Asker {
public:
    Asker(const net::Endpoint& server, const std::vector<Case>& cases, std::size_t window,
          std::size_t first_case, Counts& counts)
        : cases_(cases), slots_(window), next_case_(first_case), counts_(counts),
          socket_(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        if (!socket_ || connect(socket_.get(), server.data(), server.size) != 0) {
            refuse("cannot open a socket");
        }
        for (std::size_t i = 0; i < window; ++i) {
            arrivals_[i] = {room_[i].data(), largest_reply};
            received_[i].msg_hdr.msg_iov = &arrivals_[i];
            received_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    [[nodiscard]] int number() const { return socket_.get(); }
    [[nodiscard]] bool is_waiting() const { return under_way_ > 0; }

    /// Asks in every free slot, `limit` queries at most; returns how many.
    std::size_t ask(std::size_t limit, Clock::time_point now) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < slots_.size() && count < limit; ++i) {
            if (slots_[i].is_under_way) continue;
            prepare(i, count++, now);
        }
        std::size_t sent = 0;
        while (sent < count) {
            const int taken =
                sendmmsg(number(), outgoing_.data() + sent, static_cast<unsigned>(count - sent), 0);
            if (taken <= 0) break;
            sent += static_cast<std::size_t>(taken);
        }
        for (std::size_t i = sent; i < count; ++i) free_slot(asked_[i]);  // never left the host
        counts_.sent += sent;
        return sent;
    }

    void listen() {
        for (;;) {
            const int count = recvmmsg(number(), received_.data(),
                                       static_cast<unsigned>(slots_.size()), 0, nullptr);
            if (count <= 0) return;
            for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
                judge({room_[i].data(), received_[i].msg_len});
            }
        }
    }

    void give_up(Clock::time_point asked_before) {
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (!slots_[i].is_under_way || slots_[i].since > asked_before) continue;
            free_slot(i);
            ++counts_.lost;
        }
    }

    /// Replies that the system dropped because this socket's buffer was full.
    [[nodiscard]] std::uint64_t drops() const {
        std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
        socklen_t size = sizeof info;
        if (getsockopt(number(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
        return info[SK_MEMINFO_DROPS];
    }

private:
    struct Slot {
        bool is_under_way = false;
        std::uint16_t turn = 0;
        std::size_t which = 0;  // the case
        Clock::time_point since;
    };

    void prepare(std::size_t i, std::size_t position, Clock::time_point now) {
        Slot& slot = slots_[i];
        slot = {true, static_cast<std::uint16_t>((slot.turn + 1) & 0x3ff), next_case_, now};
        next_case_ = (next_case_ + 1) % cases_.size();
        ++under_way_;
        const auto id = static_cast<std::uint16_t>(slot.turn << 6 | i);
        ids_[position] = {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
        const Octets& query = cases_[slot.which].query;
        parts_[position] = {iovec{ids_[position].data(), 2},
                            iovec{const_cast<std::uint8_t*>(query.data()), query.size()}};
        outgoing_[position] = {};
        outgoing_[position].msg_hdr.msg_iov = parts_[position].data();
        outgoing_[position].msg_hdr.msg_iovlen = 2;
        asked_[position] = i;
    }

    void free_slot(std::size_t i) {
        slots_[i].is_under_way = false;
        --under_way_;
    }

    void judge(std::span<const std::uint8_t> reply) {
        if (reply.size() < 2) {
            ++counts_.wrong;
            return;
        }
        const unsigned id = static_cast<unsigned>(reply[0]) << 8 | reply[1];
        const std::size_t i = id & 0x3f;
        if (i >= slots_.size() || !slots_[i].is_under_way || slots_[i].turn != id >> 6) {
            ++counts_.late;
            return;
        }
        free_slot(i);
        ++counts_.answered;
        const auto& right = cases_[slots_[i].which].replies;
        const auto said = reply.subspan(2);
        for (std::size_t variant = 0; variant < right.size(); ++variant) {
            if (!std::equal(said.begin(), said.end(), right[variant].begin(),
                            right[variant].end())) {
                continue;
            }
            if (counts_.variants.size() <= variant) counts_.variants.resize(variant + 1);
            ++counts_.variants[variant];
            return;
        }
        ++counts_.wrong;
    }

    const std::vector<Case>& cases_;
    std::vector<Slot> slots_;
    std::size_t next_case_;
    std::size_t under_way_ = 0;
    Counts& counts_;
    net::Descriptor socket_;
    std::array<std::array<std::uint8_t, 2>, slots_limit> ids_{};
    std::array<std::array<iovec, 2>, slots_limit> parts_{};
    std::array<std::size_t, slots_limit> asked_{};
    std::array<mmsghdr, slots_limit> outgoing_{};
    std::array<mmsghdr, slots_limit> received_{};
    std::array<iovec, slots_limit> arrivals_{};
    std::array<std::array<std::uint8_t, largest_reply>, slots_limit> room_{};
};

struct Options {
    double seconds = 10;
    double rate = 0;
    std::size_t sockets = 8;
    std::size_t window = 16;
};

Options read_options(int count, char** words) {
    Options options;
    for (int i = 0; i + 1 < count; i += 2) {
        const std::string name = words[i];
        const double value = std::atof(words[i + 1]);
        if (name == "--seconds" && value > 0)
            options.seconds = value;
        else if (name == "--rate" && value >= 0)
            options.rate = value;
        else if (name == "--sockets" && value >= 1)
            options.sockets = static_cast<std::size_t>(value);
        else if (name == "--window" && value >= 1 && value <= slots_limit) {
            options.window = static_cast<std::size_t>(value);
        } else
            refuse("what does " + name + " " + words[i + 1] + " mean?");
    }
    if (count % 2 != 0) refuse(std::string("what does ") + words[count - 1] + " mean?");
    return options;
}

using Askers = std::vector<std::unique_ptr<Asker>>;

void await_replies(const Askers& askers) {
    std::vector<pollfd> wanted;
    for (const auto& asker : askers) wanted.push_back({asker->number(), POLLIN, 0});
    poll(wanted.data(), wanted.size(), 1);
}

void run(const Askers& askers, const Options& options, const Counts& counts) {
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
    for (auto now = begin; now < end; now = Clock::now()) {
        const double elapsed = std::chrono::duration<double>(now - begin).count();
        const double due = options.rate > 0
                               ? options.rate * elapsed - static_cast<double>(counts.sent)
                               : static_cast<double>(slots_limit * askers.size());
        auto budget = due > 0 ? static_cast<std::size_t>(due) : 0;
        for (const auto& asker : askers) {
            asker->listen();
            budget -= asker->ask(budget, now);
            asker->give_up(now - patience);
        }
        await_replies(askers);
    }
    for (auto now = Clock::now(); now < end + 2 * patience; now = Clock::now()) {
        bool waiting = false;
        for (const auto& asker : askers) {
            asker->listen();
            asker->give_up(now - patience);
            waiting = waiting || asker->is_waiting();
        }
        if (!waiting) return;
        await_replies(askers);
    }
}

}  // namespace

int main(int count, char** words) {
    if (count < 3)
        refuse(
            "usage: udp_load ADDR:PORT CASES [--seconds N] [--rate N] [--sockets N] [--window N]");
    const auto server = net::parse_endpoint(words[1]);
    if (!server) refuse(server.error().message);
    const auto cases = read_cases(words[2]);
    const Options options = read_options(count - 3, words + 3);

    Counts counts;
    Askers askers;
    for (std::size_t i = 0; i < options.sockets; ++i) {
        askers.push_back(std::make_unique<Asker>(*server, cases, options.window,
                                                 i * cases.size() / options.sockets, counts));
    }
    run(askers, options, counts);
    std::uint64_t drops = 0;
    for (const auto& asker : askers) drops += asker->drops();
    fmt::print(
        R"({{"sent": {}, "answered": {}, "lost": {}, "wrong": {}, "late": {}, "client_drops": {}, )"
        R"("rate": {:.0f}, "variants": [{}]}})"
        "\n",
        counts.sent, counts.answered, counts.lost, counts.wrong, counts.late, drops,
        static_cast<double>(counts.answered) / options.seconds, fmt::join(counts.variants, ", "));
    return 0;
}
