#include "portolan/health/prober.hpp"

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "health/dns_probe.hpp"
#include "health/script_probe.hpp"
#include "health/stream_probe.hpp"
#include "health/subjects.hpp"
#include "health/tls_client.hpp"
#include "net/signals_blocked.hpp"
#include "portolan/health/dns_question.hpp"

namespace portolan::health {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_pause = 1ms;  // between two looks at the schedule: probes begin in batches
constexpr auto gathering = 2ms;       // of reports, from the first one on

Moment now() noexcept { return std::chrono::steady_clock::now(); }

/// 1500 ms as "1.5 s".
std::string in_words(std::chrono::milliseconds time) {
    if (time < 1s) return fmt::format("{} ms", time.count());
    return fmt::format("{:.9g} s", static_cast<double>(time.count()) / 1000);
}

net::Endpoint endpoint_of(const registry::Address& address, registry::Port port) noexcept {
    net::Endpoint endpoint;
    if (address.is_v6()) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        std::memcpy(&v6.sin6_addr, address.octets.data(), 16);
        std::memcpy(&endpoint.storage, &v6, endpoint.size = sizeof v6);
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, address.octets.data(), 4);
        std::memcpy(&endpoint.storage, &v4, endpoint.size = sizeof v4);
    }
    endpoint.set_port(port);
    return endpoint;
}

/// Tells its watcher once, at a moment.
class Alarm {
public:
    Alarm(net::Loop& loop, net::Watcher& watcher)
        : number_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
        if (!number_) {
            throw net::SocketError(fmt::format("cannot make a timer: {}", std::strerror(errno)));
        }
        loop.watch(number_.get(), watcher);
    }
    /// Unless it is set to an earlier moment already.
    void set(Moment at) noexcept {
        if (at >= at_) return;
        at_ = at;
        const auto since = std::max<std::chrono::nanoseconds>(at.time_since_epoch(), 1ns).count();
        itimerspec spec{};
        spec.it_value.tv_sec = since / 1'000'000'000;
        spec.it_value.tv_nsec = since % 1'000'000'000;
        timerfd_settime(number_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
    }
    /// To be called by the watcher: it has heard.
    void hear() noexcept {
        std::uint64_t times = 0;
        static_cast<void>(::read(number_.get(), &times, sizeof times));
        at_ = Moment::max();
    }

private:
    net::Descriptor number_;
    Moment at_ = Moment::max();
};

}  // namespace

struct Prober::State final : net::Watcher, ProbeEnd {
    State(const ProberSettings& given, const Launcher& process, std::function<void()> wake_other)
        : settings(given), launcher(process), wake(std::move(wake_other)),
          schedule({settings.rate, settings.at_once}, std::random_device()()) {
        loop.stay();
        const net::SignalsBlocked blocked;
        thread = std::thread([this] { loop.run(); });
    }
    ~State() {
        loop.stop();
        thread.join();
    }

    // --- all below, but `hand_over`'s other side: the prober's thread ---

    /// The alarm: something is due.
    void ready() noexcept override {
        alarm.hear();
        const Moment at = now();
        last_turn = at;
        end_overdue(at);
        mourn_silent(at);
        begin_waiting_scripts();
        while (const auto seat = schedule.begin(at)) begin(*seat);
        hand_over(at);
        set_alarm(at);
    }

    void set_alarm(Moment at) noexcept {
        Moment next = Moment::max();
        if (const auto begin = schedule.next(at)) next = *begin;
        for (const Agenda* agenda : {&deadlines, &silences}) {
            if (!agenda->is_empty()) next = std::min(next, agenda->first().at);
        }
        if (!gathered.empty()) next = std::min(next, gathered_since + gathering);
        if (!scripts_waiting.empty() && scripts_running < settings.scripts) next = at;
        if (next < Moment::max()) alarm.set(std::max(next, last_turn + shortest_pause));
    }

    void change(std::vector<Target> wanted, const std::vector<std::string>& unwanted) {
        const Moment at = now();
        auto difference = subjects.change(std::move(wanted), unwanted);
        for (const Seat seat : difference.gone) remove(seat);
        for (const Seat seat : difference.added) {
            Subject& subject = subjects[seat];
            if (subject.has_heartbeat()) {
                listen_for(seat, at);
            } else {
                schedule.add(seat, subject.check->interval, at);
            }
        }
        for (auto& [seat, key] : difference.joined) {
            const Subject& subject = subjects[seat];
            if (subject.text.empty()) continue;  // nothing was found out yet
            gather({std::move(key), subject.tracker.verdict(), subject.text}, at);
        }
        target_count.store(subjects.count(), std::memory_order_relaxed);
        set_alarm(at);
    }

    void remove(Seat seat) {
        Subject& subject = subjects[seat];
        if (!subject.has_heartbeat()) schedule.remove(seat);
        if (subject.probe != nullptr && subject.is_script()) --scripts_running;
        std::erase(scripts_waiting, seat);
        subjects.free(seat);
    }

    void begin(Seat seat) noexcept {
        Subject& subject = subjects[seat];
        if (subject.is_script()) {
            if (scripts_running >= settings.scripts) return scripts_waiting.push_back(seat);
            ++scripts_running;
        }
        subject.probe = make_probe(seat, subject);
        if (auto known = subject.probe->begin()) return found(seat, std::move(*known));
        // Counted from here: the first TLS session takes a while to be made ready.
        deadlines.put({now() + subject.check->timeout, seat, ++subject.mark});
    }

    std::unique_ptr<Probe> make_probe(Seat seat, const Subject& subject) {
        const ProbeHome home{loop, *this, seat};
        const auto target = endpoint_of(subject.address, subject.port);
        if (const auto* script = std::get_if<registry::ExecCheck>(&subject.check->how)) {
            return std::make_unique<ScriptProbe>(home, launcher, *script, subject.address,
                                                 subject.port);
        }
        if (const auto* question = std::get_if<registry::DnsCheck>(&subject.check->how)) {
            const auto id = static_cast<std::uint16_t>(random());
            return std::make_unique<DnsProbe>(home, target, dns_question(*question, id));
        }
        std::unique_ptr<Conversation> talk;
        net::openssl::Session tls;
        if (const auto* http = std::get_if<registry::HttpCheck>(&subject.check->how)) {
            talk = http_conversation(*http, authority(subject.address, subject.port));
            if (http->is_tls) tls = tls_client.session(*http, subject.address);
        }
        if (const auto* grpc = std::get_if<registry::GrpcCheck>(&subject.check->how)) {
            talk = grpc_conversation(*grpc, authority(subject.address, subject.port));
        }
        return std::make_unique<StreamProbe>(home, target, std::move(talk), std::move(tls));
    }

    void found(Seat seat, Observation observation) noexcept override {
        const Moment at = now();
        Subject& subject = subjects[seat];
        subject.probe.reset();
        ++subject.mark;  // its deadline is none any more
        probe_count.fetch_add(1, std::memory_order_relaxed);
        if (subject.is_script()) --scripts_running;
        schedule.end(seat, at);
        conclude(seat, std::move(observation), at);
        set_alarm(at);
    }

    void conclude(Seat seat, Observation observation, Moment at) {
        Subject& subject = subjects[seat];
        if (observation.verdict == Verdict::unknown) {
            not_made.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        const bool is_new = subject.tracker.observe(*subject.check, observation.verdict, at);
        observation.text += held(subject, observation.verdict);
        tell(subject, is_new, std::move(observation.text), at);
    }

    /// Why one that answers well is critical still.
    static std::string held(const Subject& subject, Verdict observed) {
        const bool is_held =
            observed != Verdict::critical && subject.tracker.verdict() == Verdict::critical;
        if (!is_held) return {};
        const auto hold = subject.tracker.hold(*subject.check);
        if (hold > 0ms) return fmt::format(" (it flaps: must be good for {})", in_words(hold));
        return fmt::format(" (good {} of {} times)", subject.tracker.run(), subject.check->rise);
    }

    void tell(Subject& subject, bool is_new, std::string text, Moment at) {
        if (!is_new && text == subject.text) return;
        subject.text = std::move(text);
        for (const auto& key : subject.keys) {
            gather({key, subject.tracker.verdict(), subject.text}, at);
        }
    }

    void end_overdue(Moment at) {
        while (const auto item = deadlines.take(at)) {
            Subject& subject = subjects[item->seat];
            if (subject.mark != item->mark || subject.probe == nullptr) continue;
            timed_out.fetch_add(1, std::memory_order_relaxed);
            found(item->seat, {Verdict::critical, fmt::format("timed out after {}: {}",
                                                              in_words(subject.check->timeout),
                                                              subject.probe->lacks())});
        }
    }

    void begin_waiting_scripts() {
        while (!scripts_waiting.empty() && scripts_running < settings.scripts) {
            const Seat next = scripts_waiting.front();
            scripts_waiting.pop_front();
            begin(next);
        }
    }

    // -- heartbeats: no probe, only their silence

    void listen_for(Seat seat, Moment at) {
        Subject& subject = subjects[seat];
        const auto ttl = std::get<registry::HeartbeatCheck>(subject.check->how).ttl;
        const bool is_awaited = subject.beat_until != Moment();
        subject.beat_until = at + ttl;
        if (!is_awaited) silences.put({subject.beat_until, seat, subject.mark});
    }

    /// One item a heartbeat, which moves on when its time comes and there was a beat meanwhile:
    /// beats cost nothing here.
    void mourn_silent(Moment at) {
        while (const auto item = silences.take(at)) {
            Subject& subject = subjects[item->seat];
            if (subject.check == nullptr || subject.mark != item->mark) continue;
            if (subject.beat_until > at) {
                silences.put({subject.beat_until, item->seat, subject.mark});
                continue;
            }
            subject.beat_until = Moment();
            const auto ttl = std::get<registry::HeartbeatCheck>(subject.check->how).ttl;
            tell(subject, subject.tracker.take_word(Verdict::critical),
                 fmt::format("no heartbeat for {}", in_words(ttl)), at);
        }
    }

    void take_beat(const std::string& key, Observation said) {
        const auto seat = subjects.find(key);
        if (!seat || !subjects[*seat].has_heartbeat()) return;
        if (said.verdict < Verdict::passing || said.verdict > Verdict::critical) return;
        const Moment at = now();
        Subject& subject = subjects[*seat];
        listen_for(*seat, at);
        tell(subject, subject.tracker.take_word(said.verdict), std::move(said.text), at);
        set_alarm(at);
    }

    // -- reports

    void gather(Report report, Moment at) {
        if (gathered.empty()) gathered_since = at;
        gathered.push_back(std::move(report));
    }

    void hand_over(Moment at) {
        if (gathered.empty() || at < gathered_since + gathering) return;
        bool were_none = false;
        {
            const std::lock_guard lock(mutex);
            were_none = reports.empty();
            reports.insert(reports.end(), std::make_move_iterator(gathered.begin()),
                           std::make_move_iterator(gathered.end()));
        }
        gathered.clear();
        if (were_none) wake();
    }

    const ProberSettings settings;
    const Launcher& launcher;
    const std::function<void()> wake;
    net::Loop loop;
    Alarm alarm{loop, *this};
    TlsClient tls_client;
    std::random_device random;
    Schedule schedule;
    Agenda deadlines;  // of probes under way
    Agenda silences;   // of heartbeats
    Moment last_turn{};
    unsigned scripts_running = 0;
    std::deque<Seat> scripts_waiting;
    std::vector<Report> gathered;
    Moment gathered_since{};
    Subjects subjects;  // gone before what its probes refer to

    std::atomic<std::uint64_t> target_count{0};
    std::atomic<std::uint64_t> probe_count{0};
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> not_made{0};

    std::mutex mutex;
    std::vector<Report> reports;
    std::thread thread;
};

Prober::Prober(const ProberSettings& settings, const Launcher& launcher, std::function<void()> wake)
    : state_(std::make_unique<State>(settings, launcher, std::move(wake))) {}

Prober::~Prober() = default;

void Prober::change(std::vector<Target> wanted, std::vector<std::string> unwanted) {
    auto targets = std::make_shared<std::vector<Target>>(std::move(wanted));
    state_->loop.call([state = state_.get(), targets, keys = std::move(unwanted)] {
        state->change(std::move(*targets), keys);
    });
}

void Prober::beat(std::string key, Observation said) {
    state_->loop.call([state = state_.get(), key = std::move(key), said = std::move(said)] {
        state->take_beat(key, said);
    });
}

std::vector<Report> Prober::take() {
    const std::lock_guard lock(state_->mutex);
    return std::exchange(state_->reports, {});
}

Prober::Counts Prober::counts() const noexcept {
    return {.targets = state_->target_count.load(std::memory_order_relaxed),
            .probes = state_->probe_count.load(std::memory_order_relaxed),
            .timed_out = state_->timed_out.load(std::memory_order_relaxed),
            .not_made = state_->not_made.load(std::memory_order_relaxed)};
}

}  // namespace portolan::health
