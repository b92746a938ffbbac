// change_load: how long after a change is given its answer is on the wire, and whether any answer
// ever mixes two states.
//
//     change_load PLAN [--seconds N] [--changes N] [--rate N] [--workers N]
//
// PLAN is one of tools/bench/make_plan.py. The program is the server itself, with its engine, its
// workers and their sockets, so that changes can be given to it as health checks and registrations
// will give them: --changes of them a second, to services and to hosts in turn. Every change is a
// generation, which stands in each field: in priority, weight and port of all endpoints that are
// announced beside those of the plan, or in the A and the AAAA of a host. From before the change is
// given, a prober asks one query after the other for an SRV set that shows it (a host's addresses
// come along in Additional), until an answer has it: that is the delay. Meanwhile --rate queries a
// second ask for all the plan's services. Prober and load look at every answer: one with fields of
// two generations is mixed.
//
// One line of JSON. Status 1 when an answer was mixed or lost, or a delay is beyond the limits.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "portolan/app/engine.hpp"
#include "portolan/app/log.hpp"
#include "portolan/app/transfers.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/net/socket.hpp"
#include "portolan/source/plan_file.hpp"

namespace {

using namespace portolan;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Octets = std::vector<std::uint8_t>;

constexpr double median_limit = 1.0;  // milliseconds
constexpr double p99_limit = 5.0;
constexpr std::size_t changing = 64;  // services, and as many hosts
constexpr auto patience = 1s;
constexpr auto probe_patience = 10ms;  // then the prober asks again, and its wait counts

[[noreturn]] void refuse(const std::string& why) {
    fmt::print(stderr, "change_load: {}\n", why);
    std::exit(2);
}

// --- what answers say ---------------------------------------------------------------------------

/// The generation that a field shows; 0 for what the plan wrote.
using Generation = unsigned;

/// What an answer shows of its service, and of the host that a change is about.
struct Shown {
    Generation service = 0;
    Generation host = 0;
    bool is_mixed = false;
    bool is_whole = false;
};

constexpr std::array<std::uint8_t, 2> changed_v4{172, 20};
constexpr std::array<std::uint8_t, 4> changed_v6{0x20, 0x01, 0x0d, 0xb9};

registry::Address v4_of(Generation generation) {
    registry::Address address;
    address.octets = {changed_v4[0], changed_v4[1], static_cast<std::uint8_t>(generation >> 8),
                      static_cast<std::uint8_t>(generation)};
    return address;
}

registry::Address v6_of(Generation generation) {
    registry::Address address;
    address.size = 16;
    std::copy(changed_v6.begin(), changed_v6.end(), address.octets.begin());
    address.octets[14] = static_cast<std::uint8_t>(generation >> 8);
    address.octets[15] = static_cast<std::uint8_t>(generation);
    return address;
}

Generation generation_of(dns::OctetView address) {
    const bool is_changed = address.size() == 4
                                ? std::equal(changed_v4.begin(), changed_v4.end(), address.begin())
                                : std::equal(changed_v6.begin(), changed_v6.end(), address.begin());
    return is_changed ? dns::load_u16(address.data() + address.size() - 2) : 0U;
}

/// Reads an answer to an SRV query. `host` is the octets of the first label that is of interest in
/// Additional, length included.
Shown read(dns::OctetView reply, dns::OctetView host) {
    Shown shown;
    const auto skip_name = [&](std::size_t at) {
        while (at < reply.size() && reply[at] != 0 && reply[at] < 0xc0) at += reply[at] + 1U;
        return at + (at < reply.size() && reply[at] != 0 ? 2 : 1);
    };
    const unsigned answers = dns::load_u16(reply.data() + 6);
    const unsigned records =
        answers + dns::load_u16(reply.data() + 8) + dns::load_u16(reply.data() + 10);
    std::size_t at = skip_name(12) + 4;
    std::optional<Generation> first;
    std::size_t last_owner = 0;
    Generation last_address = 0;
    for (unsigned i = 0; i < records; ++i) {
        const std::size_t owner = at;
        at = skip_name(at);
        if (at + 10 > reply.size()) return shown;
        const auto type = static_cast<dns::Type>(dns::load_u16(&reply[at]));
        const dns::OctetView rdata = reply.subspan(at + 10, dns::load_u16(&reply[at + 8]));
        at += 10 + rdata.size();
        if (i < answers && type == dns::Type::srv) {
            const unsigned priority = dns::load_u16(rdata.data());
            const unsigned weight = dns::load_u16(rdata.data() + 2);
            const unsigned port = dns::load_u16(rdata.data() + 4);
            // The plan's weight is 100 and its ports have five digits: never all three the same.
            if (weight == 100 && priority != 100) continue;
            const Generation generation = priority == weight && weight == port ? port : 0;
            if (generation == 0) shown.is_mixed = true;
            if (first && *first != generation) shown.is_mixed = true;
            first = generation;
            shown.service = generation;
        } else if (type == dns::Type::a || type == dns::Type::aaaa) {
            if (reply[owner] < 0xc0) continue;
            const std::size_t name = dns::load_u16(&reply[owner]) & 0x3fff;
            const Generation generation = generation_of(rdata);
            // A and AAAA of a host stand together.
            if (type == dns::Type::aaaa && name == last_owner && generation != last_address) {
                shown.is_mixed = true;
            }
            last_owner = name;
            last_address = generation;
            const bool is_wanted = name + host.size() <= reply.size() &&
                                   std::equal(host.begin(), host.end(),
                                              reply.begin() + static_cast<std::ptrdiff_t>(name));
            if (is_wanted) shown.host = generation;
        }
    }
    shown.is_whole = at == reply.size() && answers > 0;
    return shown;
}

// --- the plan's services ------------------------------------------------------------------------

/// A query without its ID.
Octets question(dns::NameView name) {
    Octets octets{0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    octets.insert(octets.end(), name.octets().begin(), name.octets().end());
    octets.insert(octets.end(), {0, 33, 0, 1});
    octets.insert(octets.end(), {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0});  // OPT, 1232 octets
    return octets;
}

/// A service with what changes of it, and the query that shows it.
struct Subject {
    std::string environment;
    std::string service;
    std::vector<std::string> hosts;
    std::vector<registry::Address> addresses;  // of the hosts but the first, which moves
    Octets query;
    Octets host_label;  // of hosts[0], with its length
};

Subject subject(const registry::Plan& plan, const registry::Environment& environment,
                const registry::Application& application, const registry::PortType& type) {
    const auto service = registry::resolve(plan, environment, application, type);
    Subject subject{environment.name, service.label(), {}, {}, {}, {}};
    for (const auto& endpoint : service.endpoints) {
        if (!subject.hosts.empty()) {
            subject.addresses.push_back(endpoint.host->addresses.at(0).value);
        }
        subject.hosts.push_back(endpoint.host->name);
    }
    subject.query = question(zone::service_owner(plan, service));
    const auto& host = subject.hosts.at(0);
    subject.host_label.push_back(static_cast<std::uint8_t>(host.size()));
    subject.host_label.insert(subject.host_label.end(), host.begin(), host.end());
    return subject;
}

struct Field {
    std::vector<Subject> subjects;  // their services change, and their first hosts
    std::vector<Octets> queries;    // for those and many more
};

/// Subjects far apart in the plan, each with hosts of its own.
Field choose(const std::string& path) {
    const auto read = source::read_plan(path, source::read_whole_file);
    if (!read.plan || !read.plan->convention)
        refuse("this wants a plan of tools/bench/make_plan.py");
    const registry::Plan& plan = *read.plan;
    std::mt19937 random(1);
    const auto any = [&random](const auto& all) -> const auto& {
        return all[random() % all.size()];
    };
    Field field;
    std::set<std::pair<std::string, std::string>> taken;
    const std::size_t pairs = plan.environments.size() * plan.convention->applications.size();
    while (field.subjects.size() < std::min(changing, pairs)) {
        const auto& environment = any(plan.environments);
        const auto& application = any(plan.convention->applications);
        if (!taken.emplace(environment.name, application.name).second) continue;
        field.subjects.push_back(
            subject(plan, environment, application, any(plan.convention->types)));
        for (int i = 0; i < 4; ++i) field.queries.push_back(field.subjects.back().query);
    }
    for (int i = 0; i < 20000; ++i) {
        field.queries.push_back(subject(plan, any(plan.environments),
                                        any(plan.convention->applications),
                                        any(plan.convention->types))
                                    .query);
    }
    std::shuffle(field.queries.begin(), field.queries.end(), random);
    return field;
}

// --- asking -------------------------------------------------------------------------------------

struct Counts {
    std::uint64_t asked = 0, answered = 0, lost = 0, mixed = 0, broken = 0;
    void look_at(const Shown& shown) {
        ++answered;
        if (shown.is_mixed) ++mixed;
        if (!shown.is_whole) ++broken;
    }
};

net::Descriptor open_socket(const net::Endpoint& server) {
    net::Descriptor socket(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK, 0));
    if (connect(socket.get(), server.data(), server.size) != 0) refuse("cannot open a socket");
    const int octets = 4 << 20;
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    return socket;
}

std::uint64_t drops_of(const net::Descriptor& socket) {
    std::array<std::uint32_t, 16> info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
    return info[8];  // SK_MEMINFO_DROPS
}

/// One question after the other, each when the last is answered.
class Prober {
public:
    explicit Prober(const net::Endpoint& server) : socket_(open_socket(server)) {}

    /// Asks until `is_there` says so of an answer; the time of that answer.
    template <class IsThere>
    Clock::time_point ask_until(const Subject& subject, const IsThere& is_there) {
        for (;;) {
            const auto shown = ask(subject);
            const auto now = Clock::now();
            if (shown && is_there(*shown)) return now;
        }
    }
    Counts counts;
    std::uint64_t asked_again = 0;
    [[nodiscard]] std::uint64_t drops() const { return drops_of(socket_); }

private:
    std::optional<Shown> ask(const Subject& subject) {
        ++id_;
        Octets message{static_cast<std::uint8_t>(id_ >> 8), static_cast<std::uint8_t>(id_)};
        message.insert(message.end(), subject.query.begin(), subject.query.end());
        send(socket_.get(), message.data(), message.size(), 0);
        ++counts.asked;
        const auto until = Clock::now() + probe_patience;
        while (Clock::now() < until) {
            pollfd wanted{socket_.get(), POLLIN, 0};
            poll(&wanted, 1, static_cast<int>(probe_patience.count()));
            std::array<std::uint8_t, 4096> room;
            const auto size = recv(socket_.get(), room.data(), room.size(), 0);
            if (size < 12 || dns::load_u16(room.data()) != id_) continue;
            const Shown shown =
                read({room.data(), static_cast<std::size_t>(size)}, subject.host_label);
            counts.look_at(shown);
            return shown;
        }
        ++asked_again;
        return std::nullopt;
    }

    net::Descriptor socket_;
    std::uint16_t id_ = 0;
};

/// All queries in turn at a rate, on a few sockets with a bounded number under way on each.
class Load {
public:
    Load(const net::Endpoint& server, const std::vector<Octets>& queries, double rate)
        : queries_(queries), rate_(rate) {
        for (auto& lane : lanes_) lane.socket = open_socket(server);
        for (std::size_t i = 0; i < window; ++i) {
            incoming_[i].msg_hdr.msg_iov = &arrivals_[i];
            incoming_[i].msg_hdr.msg_iovlen = 1;
            arrivals_[i] = {room_[i].data(), room_[i].size()};
            outgoing_[i].msg_hdr.msg_iov = departures_[i].data();
            outgoing_[i].msg_hdr.msg_iovlen = departures_[i].size();
        }
    }

    void run(const std::atomic<bool>& stop) {
        const auto begin = Clock::now();
        while (!stop) {
            const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
            const double due = rate_ * elapsed - static_cast<double>(counts.asked);
            auto budget = due > 0 ? static_cast<std::size_t>(due) : 0;
            for (auto& lane : lanes_) {
                listen(lane);
                budget -= ask(lane, budget);
            }
            std::this_thread::sleep_for(200us);
        }
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        for (const auto until = Clock::now() + patience; Clock::now() < until;) {
            for (auto& lane : lanes_) listen(lane);
            std::this_thread::sleep_for(1ms);
        }
        for (const auto& lane : lanes_) counts.lost += lane.waiting;
    }

    Counts counts;
    double seconds = 0;
    [[nodiscard]] std::uint64_t drops() const {
        std::uint64_t sum = 0;
        for (const auto& lane : lanes_) sum += drops_of(lane.socket);
        return sum;
    }

private:
    static constexpr std::size_t lanes = 4;
    static constexpr std::size_t window = 32;  // all lanes' fit into the server's socket
    struct Lane {
        net::Descriptor socket;
        std::array<Clock::time_point, window> since{};  // asked at; zero when the slot is free
        std::array<std::uint8_t, window> turn{};
        std::size_t waiting = 0;
    };

    std::size_t ask(Lane& lane, std::size_t budget) {
        const auto now = Clock::now();
        std::size_t count = 0;
        for (std::size_t i = 0; i < window && count < budget; ++i) {
            if (lane.since[i] != Clock::time_point{}) {
                if (now - lane.since[i] < patience) continue;
                ++counts.lost;
                --lane.waiting;
            }
            ids_[count] = {++lane.turn[i], static_cast<std::uint8_t>(i)};
            const Octets& query = queries_[next_++ % queries_.size()];
            departures_[count] = {iovec{ids_[count].data(), 2},
                                  iovec{const_cast<std::uint8_t*>(query.data()), query.size()}};
            lane.since[i] = now;
            ++lane.waiting;
            ++count;
        }
        if (count > 0)
            sendmmsg(lane.socket.get(), outgoing_.data(), static_cast<unsigned>(count), 0);
        counts.asked += count;
        return count;
    }

    void listen(Lane& lane) {
        if (lane.waiting == 0) return;
        const int count = recvmmsg(lane.socket.get(), incoming_.data(), window, 0, nullptr);
        for (int at = 0; at < count; ++at) {
            const auto* reply = room_[static_cast<std::size_t>(at)].data();
            const std::size_t size = incoming_[static_cast<std::size_t>(at)].msg_len;
            if (size < 12) continue;
            const std::size_t i = reply[1];
            const bool is_waited_for =
                i < window && lane.turn[i] == reply[0] && lane.since[i] != Clock::time_point{};
            if (!is_waited_for) continue;
            lane.since[i] = {};
            --lane.waiting;
            counts.look_at(read({reply, size}, {}));
        }
    }

    const std::vector<Octets>& queries_;
    double rate_;
    std::array<Lane, lanes> lanes_;
    std::size_t next_ = 0;
    std::array<std::array<std::uint8_t, 2>, window> ids_{};
    std::array<std::array<iovec, 2>, window> departures_{};
    std::array<iovec, window> arrivals_{};
    std::array<mmsghdr, window> outgoing_{};
    std::array<mmsghdr, window> incoming_{};
    std::array<std::array<std::uint8_t, 4096>, window> room_{};
};

/// What the system dropped at the server's sockets (the last column of /proc/net/udp).
std::uint64_t drops_at(const net::Endpoint& server) {
    std::ifstream table("/proc/net/udp");
    std::string line;
    std::uint64_t drops = 0;
    const std::string port = fmt::format(":{:04X} ", server.port());
    while (std::getline(table, line)) {
        const auto local = line.find(port);
        if (local == std::string::npos || local > 20) continue;
        std::istringstream words(line);
        std::string last;
        while (words >> last) continue;
        drops += std::stoull(last);
    }
    return drops;
}

// --- the run ------------------------------------------------------------------------------------

struct Options {
    std::string plan;
    double seconds = 20;
    double changes = 100;
    double rate = 50000;
    unsigned workers = 1;
};

Options read_options(int count, char** words) {
    if (count < 2 || count % 2 != 0) {
        refuse("usage: change_load PLAN [--seconds N] [--changes N] [--rate N] [--workers N]");
    }
    Options options;
    options.plan = words[1];
    for (int i = 2; i + 1 < count; i += 2) {
        const std::string name = words[i];
        const double value = std::atof(words[i + 1]);
        if (value <= 0) refuse("what does " + name + " " + words[i + 1] + " mean?");
        if (name == "--seconds") {
            options.seconds = value;
        } else if (name == "--changes") {
            options.changes = value;
        } else if (name == "--rate") {
            options.rate = value;
        } else if (name == "--workers") {
            options.workers = static_cast<unsigned>(value);
        } else {
            refuse("what is " + name + "?");
        }
    }
    return options;
}

registry::Change change_of(const Subject& subject, bool is_host, Generation generation) {
    if (is_host) {
        return registry::AddressesChange{subject.environment, subject.hosts[0],
                                         std::vector{v4_of(generation), v6_of(generation)}};
    }
    registry::EndpointsChange change{subject.environment, subject.service, registry::Protocol::tcp};
    const auto field = static_cast<std::uint16_t>(generation);
    for (const auto& address : subject.addresses) {
        change.endpoints.push_back({address, field, field, field});
    }
    return change;
}

/// A change that the prober is to see.
struct Given {
    const Subject* subject;
    bool is_host;
    Generation generation;
    Clock::time_point at;
};

double quantile(std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

struct Summary {
    double p50, p99, longest;
    std::size_t count;
};

Summary summary(std::vector<double> delays) {
    if (delays.empty()) refuse("no change was seen");
    std::ranges::sort(delays);
    return {quantile(delays, 0.5), quantile(delays, 0.99), delays.back(), delays.size()};
}

std::string json(const Summary& of) {
    return fmt::format(R"({{"count": {}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, "max_ms": {:.3f}}})",
                       of.count, of.p50, of.p99, of.longest);
}

}  // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    app::start_log(app::LogFormat::human, "warn");
    const Field field = choose(options.plan);

    std::string folder = (std::filesystem::temp_directory_path() / "portolan-changes-XXXXXX");
    if (mkdtemp(folder.data()) == nullptr) refuse("no folder for the serials");
    app::SerialStore serials(folder);
    app::ServeSettings settings;
    settings.listen = {*net::parse_endpoint("127.0.0.1:0")};
    settings.workers = options.workers;
    for (auto& endpoint : settings.listen) net::claim(endpoint);
    net::ConnectionCounts connections(settings.tcp);
    app::Engine engine({options.plan}, {.udp_limit = settings.udp_limit}, serials,
                       settings.workers + 1,
                       [] { return static_cast<std::uint32_t>(std::time(nullptr)); });
    if (!engine.load(app::Engine::Cause::start)) refuse(options.plan + " cannot be served");
    const std::size_t records = engine.record_count();
    const dns::Name zone(engine.published().current().view.tables().front()->apex().view());
    app::Transfers transfers(settings, engine.published().reader(settings.workers));
    std::vector<std::unique_ptr<app::Worker>> workers;
    for (unsigned i = 0; i < settings.workers; ++i) {
        workers.push_back(std::make_unique<app::Worker>(settings, engine.published().reader(i),
                                                        transfers, connections));
    }
    for (auto& worker : workers) worker->start();

    std::atomic<bool> stop = false;
    Load load(settings.listen.front(), field.queries, options.rate);
    std::thread load_thread([&] { load.run(stop); });

    std::mutex guard;
    std::deque<Given> given;
    std::atomic<unsigned> given_count = 0;
    std::atomic<bool> all_given = false;
    std::vector<double> of_services, of_hosts;
    Prober prober(settings.listen.front());
    std::thread prober_thread([&] {
        for (unsigned seen = 0;; ++seen) {
            while (given_count.load() == seen && !all_given) given_count.wait(seen);
            if (given_count.load() == seen) return;
            Given next;
            {
                const std::lock_guard lock(guard);
                next = given.front();
                given.pop_front();
            }
            const auto at = prober.ask_until(*next.subject, [&](const Shown& shown) {
                return (next.is_host ? shown.host : shown.service) >= next.generation;
            });
            (next.is_host ? of_hosts : of_services)
                .push_back(std::chrono::duration<double, std::milli>(at - next.at).count());
        }
    });

    std::vector<double> apply_times;
    const auto begin = Clock::now();
    const auto total = static_cast<unsigned>(options.seconds * options.changes);
    for (unsigned i = 0; i < total; ++i) {
        std::this_thread::sleep_until(begin +
                                      std::chrono::duration_cast<Clock::duration>(
                                          std::chrono::duration<double>(i / options.changes)));
        const Subject& subject = field.subjects[i / 2 % field.subjects.size()];
        const bool is_host = i % 2 == 1;
        const Generation generation = 1 + i % 60000;
        const auto change = change_of(subject, is_host, generation);
        {
            const std::lock_guard lock(guard);
            given.push_back({&subject, is_host, generation, Clock::now()});
        }
        ++given_count;
        given_count.notify_one();
        const auto start = Clock::now();
        for (const auto& refused : engine.apply(zone, {&change, 1})) refuse(refused.reason);
        apply_times.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    all_given = true;
    given_count.notify_one();
    prober_thread.join();
    stop = true;
    load_thread.join();
    const std::uint64_t server_drops = drops_at(settings.listen.front());
    for (auto& worker : workers) worker->drain();
    for (auto& worker : workers) worker->join();
    std::filesystem::remove_all(folder);

    const auto services = summary(of_services);
    const auto hosts = summary(of_hosts);
    const std::uint64_t drops = prober.drops() + load.drops();
    const std::uint64_t lost = load.counts.lost;
    fmt::print(
        R"({{"records": {}, "changes_a_second": {:.0f}, "queries_a_second": {:.0f}, "services": {}, )"
        R"("hosts": {}, "apply": {}, "probes": {}, "probed_again": {}, "answers": {}, "mixed": {}, "broken": {}, )"
        R"("lost": {}, "client_drops": {}, "server_drops": {}}})"
        "\n",
        records, options.changes, static_cast<double>(load.counts.answered) / load.seconds,
        json(services), json(hosts), json(summary(apply_times)), prober.counts.answered,
        prober.asked_again, load.counts.answered, load.counts.mixed + prober.counts.mixed,
        load.counts.broken + prober.counts.broken, lost, drops, server_drops);
    const bool is_quick = services.p50 < median_limit && services.p99 < p99_limit &&
                          hosts.p50 < median_limit && hosts.p99 < p99_limit;
    const bool is_right = load.counts.mixed + prober.counts.mixed == 0 &&
                          load.counts.broken + prober.counts.broken == 0 &&
                          lost <= drops + server_drops;
    return is_quick && is_right ? 0 : 1;
}
