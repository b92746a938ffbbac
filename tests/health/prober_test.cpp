#include "portolan/health/prober.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "portolan/net/socket.hpp"

using namespace portolan;
using namespace portolan::health;
using namespace registry;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;  // of a test on a busy machine

/// A socket on 127.0.0.1 that takes connections, or datagrams.
class Listener {
public:
    explicit Listener(int kind = SOCK_STREAM, int backlog = 128, Port wanted = 0)
        : socket_(socket(AF_INET, kind | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(wanted);
        REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        if (kind == SOCK_STREAM) REQUIRE(listen(socket_.get(), backlog) == 0);
        socklen_t size = sizeof address;
        getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
    }
    [[nodiscard]] int number() const { return socket_.get(); }
    Port port = 0;

private:
    net::Descriptor socket_;
};

/// Answers each connection with the same octets, or with silence.
class Answering {
public:
    explicit Answering(std::string answer)
        : thread_([this, text = std::move(answer)] { run(text); }) {}
    ~Answering() {
        shutdown(listener_.number(), SHUT_RDWR);
        thread_.join();
    }
    [[nodiscard]] Port port() const { return listener_.port; }

private:
    void run(const std::string& text) {
        std::vector<net::Descriptor> silent;
        while (true) {
            net::Descriptor one(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!one) return;
            if (text.empty()) {
                silent.push_back(std::move(one));
                continue;
            }
            char room[1024];
            static_cast<void>(recv(one.get(), room, sizeof room, 0));
            static_cast<void>(send(one.get(), text.data(), text.size(), MSG_NOSIGNAL));
            shutdown(one.get(), SHUT_WR);
            static_cast<void>(recv(one.get(), room, sizeof room, 0));
        }
    }

    Listener listener_;
    std::thread thread_;
};

/// A prober whose reports are taken on the test's thread, as they come.
class Probing {
public:
    explicit Probing(ProberSettings settings = {})
        : prober(settings, launcher_, [this] {
              ++wakes;
              const std::lock_guard lock(mutex_);
              is_awake_ = true;
              woken_.notify_one();
          }) {}

    /// These and no others.
    void set_targets(std::vector<Target> targets) {
        std::vector<std::string> unwanted;
        for (const auto& key : keys_) {
            if (std::ranges::find(targets, key, &Target::key) == targets.end()) {
                unwanted.push_back(key);
            }
        }
        keys_.clear();
        for (const auto& each : targets) keys_.push_back(each.key);
        prober.change(std::move(targets), std::move(unwanted));
    }

    void take() {
        {
            std::unique_lock lock(mutex_);
            woken_.wait_for(lock, 100ms, [&] { return is_awake_; });
            is_awake_ = false;
        }
        for (auto& report : prober.take()) {
            ++reports;
            last[report.key] = std::move(report);
        }
    }
    template <class Condition>
    bool until(const Condition& condition) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            take();
        }
        return true;
    }
    /// The first report of that key, or the next one that says so.
    Report report(const std::string& key) {
        CHECK(until([&] { return last.count(key) != 0; }));
        return last[key];
    }
    bool await(const std::string& key, Verdict verdict) {
        return until([&] { return last[key].verdict == verdict; });
    }

    std::map<std::string, Report> last;
    std::size_t reports = 0;
    std::atomic<unsigned> wakes{0};

private:
    std::vector<std::string> keys_;
    Launcher launcher_;  // forked while there is no other thread
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_awake_ = false;

public:
    Prober prober;
};

const Address loopback = *parse_address("127.0.0.1");

Target target(const std::string& key, Port port, Check check) {
    return {key, loopback, port, std::make_shared<Check>(std::move(check)), Verdict::unknown};
}

Check quick(decltype(Check::how) how = TcpCheck(), std::chrono::milliseconds timeout = 5s) {
    Check check;
    check.how = std::move(how);
    check.interval = 50ms;
    check.timeout = timeout;
    check.fall = 2;
    check.rise = 1;
    return check;
}

Check script(const std::string& text, std::chrono::milliseconds timeout = 5s) {
    return quick(ExecCheck{{"/bin/sh", "-c", text}}, timeout);
}

}  // namespace

TEST_CASE("a TCP check sees a listener come and go") {
    Probing probing;
    auto listener = std::make_optional<Listener>();
    const Port port = listener->port;
    probing.set_targets({target("it", port, quick())});
    CHECK(probing.report("it") == Report{"it", Verdict::passing, "connected"});
    listener.reset();
    REQUIRE(probing.await("it", Verdict::critical));
    CHECK(probing.last["it"].text == "connection refused");
    listener.emplace(SOCK_STREAM, 128, port);
    CHECK(probing.await("it", Verdict::passing));
}

TEST_CASE("a listener whose queue is full does not connect, and delays nobody") {
    const Listener full(SOCK_STREAM, 0);
    std::vector<net::Descriptor> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(full.port);
        connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    const Listener good;
    Probing probing;
    probing.set_targets(
        {target("full", full.port, quick(TcpCheck(), 300ms)), target("good", good.port, quick())});
    CHECK(probing.report("good").verdict == Verdict::passing);
    CHECK(probing.last.count("full") == 0);
    CHECK(probing.report("full") ==
          Report{"full", Verdict::critical, "timed out after 300 ms: no connection"});
}

TEST_CASE("an HTTP check over a real connection") {
    struct Row {
        const char* what;
        std::string answer;
        bool is_tls;
        Verdict verdict;
        std::string text;
    };
    const Row rows[] = {
        {"good", "HTTP/1.1 200 OK\r\n\r\n", false, Verdict::passing, "HTTP 200"},
        {"bad", "HTTP/1.1 500 Oh\r\n\r\n", false, Verdict::critical, "HTTP 500"},
        {"it accepts and never answers", "", false, Verdict::critical,
         "timed out after 300 ms: no answer"},
        {"nor over TLS", "", true, Verdict::critical, "timed out after 300 ms: no TLS"},
        {"no TLS", "HTTP/1.1 400 Plain\r\n\r\n", true, Verdict::critical,
         "TLS: wrong version number"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const Answering server(row.answer);
        HttpCheck http;
        http.is_tls = row.is_tls;
        Probing probing;
        probing.set_targets(
            {target("it", server.port(), quick(http, row.answer.empty() ? 300ms : 5000ms))});
        CHECK(probing.report("it") == Report{"it", row.verdict, row.text});
    }
}

TEST_CASE("a DNS check over a real socket") {
    const Listener silent(SOCK_DGRAM);
    Port closed = 0;
    { closed = Listener(SOCK_DGRAM).port; }
    Probing probing;
    probing.set_targets({
        target("silent", silent.port, quick(DnsCheck{"corp.example"}, 300ms)),
        target("closed", closed, quick(DnsCheck{"corp.example"})),
    });
    CHECK(probing.report("silent").text == "timed out after 300 ms: no answer");
    CHECK(probing.report("closed").text == "connection refused");
}

TEST_CASE("scripts are judged") {
    struct Row {
        const char* what;
        Check check;
        Verdict verdict;
        std::string text;
    };
    const Row rows[] = {
        {"status 0", script("echo fine; echo more"), Verdict::passing, "exit status 0: fine"},
        {"status 1", script("echo so so >&2; exit 1"), Verdict::warning, "exit status 1: so so"},
        {"status 2", script("exit 2"), Verdict::critical, "exit status 2"},
        {"a signal", script("kill -SEGV $$"), Verdict::critical, "ended by signal 11"},
        {"it hangs", script("sleep 1000", 300ms), Verdict::critical,
         "timed out after 300 ms: the script was killed"},
        {"it floods, and ends", script("head -c 100000 /dev/zero; exit 1"), Verdict::warning,
         "exit status 1"},
        {"it floods without end", script("yes", 500ms), Verdict::critical,
         "timed out after 500 ms: the script was killed"},
        {"what it leaves running does not keep it", script("sleep 1000 & echo left"),
         Verdict::passing, "exit status 0: left"},
        {"it is told its target",
         script("echo $PORTOLAN_ADDRESS $PORTOLAN_PORT; env | wc -l | xargs test 4 -ge"),
         Verdict::passing, "exit status 0: 127.0.0.1 9"},
        {"it has none of the server's descriptors", script("test $(ls /proc/self/fd | wc -l) = 4"),
         Verdict::passing, "exit status 0"},
        {"it is not root", script("test $(id -u) != 0"), Verdict::passing, "exit status 0"},
        {"there is no such program", quick(ExecCheck{{"/no/such"}}), Verdict::critical,
         "exit status 127: No such file or directory"},
    };
    std::vector<Target> targets;
    for (const auto& row : rows) targets.push_back(target(row.what, 9, row.check));
    Probing probing({.rate = 1000, .at_once = 100, .scripts = 3});
    probing.set_targets(std::move(targets));
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(probing.report(row.what) == Report{row.what, row.verdict, row.text});
    }
}

TEST_CASE("what a script has begun is killed with it") {
    std::string folder = "/tmp/portolan-script-XXXXXX";
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    REQUIRE(chmod(folder.c_str(), 0777) == 0);  // for nobody
    const std::string file = folder + "/process";
    const auto is_alive = [](const std::string& process) {
        std::ifstream status("/proc/" + process + "/stat");
        std::string id, name, state;
        return status >> id >> name >> state && state != "Z";
    };
    {
        Probing probing;
        probing.set_targets(
            {target("it", 9, script("sleep 1000 & echo $! >" + file + "; sleep 1000", 400ms))});
        CHECK(probing.report("it").verdict == Verdict::critical);
        std::string process;
        std::ifstream(file) >> process;
        REQUIRE(!process.empty());
        CHECK(probing.until([&] { return !is_alive(process); }));
        CHECK(probing.until([&] {  // the next one, and then its prober ends
            std::string next;
            std::ifstream(file) >> next;
            return !next.empty() && next != process;
        }));
    }
    std::string process;
    std::ifstream(file) >> process;
    for (int i = 0; i < 100 && is_alive(process); ++i) std::this_thread::sleep_for(20ms);
    CHECK_FALSE(is_alive(process));
    unlink(file.c_str());
    rmdir(folder.c_str());
}

TEST_CASE("a heartbeat is the service's own word, and its silence another") {
    Probing probing;
    probing.set_targets({target("it", 9, quick(HeartbeatCheck{300ms}))});
    probing.prober.beat("it", {Verdict::warning, "warming up"});
    CHECK(probing.report("it") == Report{"it", Verdict::warning, "warming up"});
    probing.prober.beat("it", {Verdict::passing, ""});
    REQUIRE(probing.await("it", Verdict::passing));
    REQUIRE(probing.await("it", Verdict::critical));
    CHECK(probing.last["it"].text == "no heartbeat for 300 ms");
    probing.prober.beat("it", {Verdict::passing, "back"});
    REQUIRE(probing.await("it", Verdict::passing));
    probing.prober.beat("it", {Verdict::draining, "no verdict of a check"});
    probing.prober.beat("another", {Verdict::passing, ""});
    REQUIRE(probing.await("it", Verdict::critical));
    CHECK(probing.last.count("another") == 0);
}

TEST_CASE("a heartbeat that never came is critical when its time has passed") {
    Probing probing;
    probing.set_targets({target("it", 9, quick(HeartbeatCheck{50ms}))});
    CHECK(probing.report("it") == Report{"it", Verdict::critical, "no heartbeat for 50 ms"});
}

TEST_CASE("the same target is probed once, and whoever joins hears of it at once") {
    const Listener listener;
    Check check = quick();
    check.interval = 1h;
    Probing probing;
    probing.set_targets({target("a", listener.port, check), target("b", listener.port, check)});
    CHECK(probing.report("a").verdict == Verdict::passing);
    CHECK(probing.report("b").verdict == Verdict::passing);
    CHECK(probing.prober.counts().targets == 1);
    probing.set_targets({target("b", listener.port, check), target("c", listener.port, check)});
    CHECK(probing.report("c").verdict == Verdict::passing);
    CHECK(probing.prober.counts().probes == 1);
    probing.set_targets({});
    CHECK(probing.until([&] { return probing.prober.counts().targets == 0; }));
}

TEST_CASE("a target that is no longer wanted is probed no more") {
    Probing probing;
    Port port = 0;
    { port = Listener().port; }
    probing.set_targets({target("old", port, quick())});
    probing.report("old");
    const Listener listener;
    probing.set_targets({target("new", listener.port, quick())});
    CHECK(probing.report("new").verdict == Verdict::passing);
    probing.take();
    probing.last.clear();
    const Listener revived(SOCK_STREAM, 128, port);
    std::this_thread::sleep_for(200ms);
    probing.take();
    CHECK(probing.last.count("old") == 0);
}

TEST_CASE("a key may move to another target") {
    const Listener listener;
    Port closed = 0;
    { closed = Listener().port; }
    Probing probing;
    probing.set_targets({target("it", listener.port, quick())});
    CHECK(probing.report("it").verdict == Verdict::passing);
    probing.set_targets({target("it", closed, quick())});
    CHECK(probing.await("it", Verdict::critical));
    CHECK(probing.prober.counts().targets == 1);
    probing.set_targets({target("it", listener.port, quick())});
    CHECK(probing.await("it", Verdict::passing));
}

TEST_CASE("what was known of a target stands until rise and fall say otherwise") {
    const Listener listener;
    Check check = quick();
    check.rise = 1000;
    Target known = target("it", listener.port, check);
    known.known = Verdict::critical;
    Probing probing;
    probing.set_targets({known});
    CHECK(probing.report("it") ==
          Report{"it", Verdict::critical, "connected (good 1 of 1000 times)"});
}

TEST_CASE("verdicts that nobody has taken yet are one batch") {
    std::atomic<unsigned> wakes{0};
    const Launcher launcher;
    Prober prober({.rate = 100'000, .at_once = 10'000}, launcher, [&] { ++wakes; });
    Port closed = 0;
    { closed = Listener().port; }
    Check check = quick();
    check.interval = 1h;
    const auto shared = std::make_shared<Check>(check);
    std::vector<Target> targets;
    for (unsigned i = 0; i < 10'000; ++i) {
        Address address = loopback;
        address.octets[2] = static_cast<std::uint8_t>(i / 250);
        address.octets[3] = static_cast<std::uint8_t>(i % 250 + 1);
        targets.push_back({std::to_string(i), address, closed, shared, Verdict::unknown});
    }
    prober.change(targets, {});
    const auto end = std::chrono::steady_clock::now() + patience;
    while (prober.counts().probes < 10'000 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(100ms);
    CHECK(wakes == 1);
    std::set<std::string> keys;
    for (const auto& report : prober.take()) {
        keys.insert(report.key);
        if (report.verdict != Verdict::critical) FAIL(report.key << " is not critical");
    }
    CHECK(keys.size() == 10'000);
}

TEST_CASE("targets, beats and reports may come from any thread") {
    const Listener listener;
    Probing probing({.rate = 100'000, .at_once = 1000});
    std::vector<std::thread> threads;
    for (int who = 0; who < 3; ++who) {
        threads.emplace_back([&, who] {
            for (int i = 0; i < 50; ++i) {
                Check check = quick();
                check.interval = std::chrono::milliseconds(1 + i % 7);
                probing.prober.change({target("it", listener.port, check),
                                       target("beat", 9, quick(HeartbeatCheck{1s}))},
                                      {"nothing"});
                probing.prober.beat("beat", {i % 2 == 0 ? Verdict::passing : Verdict::warning, ""});
                if (who == 0) static_cast<void>(probing.prober.counts());
                std::this_thread::sleep_for(1ms);
            }
        });
    }
    for (int i = 0; i < 20; ++i) probing.take();
    for (auto& thread : threads) thread.join();
    CHECK(probing.await("it", Verdict::passing));
}
