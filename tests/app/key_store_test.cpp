#include "portolan/app/key_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;

namespace {

const dns::Name zone = dns::name_from("svc.corp.example.");
constexpr dns::Ttl ttl{50};

/// A state folder that goes with the test, and a plan's `dnssec: yes` with short waits.
struct Fixture {
    std::string state = (fs::temp_directory_path() / "portolan-keys-XXXXXX").string();
    registry::Dnssec dnssec;
    sign::Time now = 1000000;

    Fixture() {
        REQUIRE(mkdtemp(state.data()) != nullptr);
        dnssec.propagation = 5;
        dnssec.parent_delay = 10;
        dnssec.ds_ttl = 100;
    }
    ~Fixture() { fs::remove_all(state); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    [[nodiscard]] std::string folder() const { return state + "/keys/svc.corp.example"; }
    [[nodiscard]] std::string state_file() const { return folder() + "/keys.state"; }
    [[nodiscard]] std::vector<std::string> files(const std::string& ending) const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder())) {
            const std::string path = entry.path().string();
            if (path.ends_with(ending)) found.push_back(path);
        }
        return found;
    }

    /// What the engine does: asks, publishes, says so.
    sign::Roles serve(KeyStore& store) const {
        const auto keys = store.roles(zone, &dnssec, ttl, now);
        REQUIRE(keys.has_value());
        store.served(zone, now);
        return keys->roles;
    }
    void pass(KeyStore& store, int seconds) {
        for (; seconds > 0; --seconds) {
            ++now;
            serve(store);
        }
    }
    std::string refusal(KeyStore& store) const {
        const auto keys = store.roles(zone, &dnssec, ttl, now);
        return keys ? "" : keys.error().text;
    }
};

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    chmod(path.c_str(), 0600);
}

}  // namespace

TEST_CASE("the first keys are made, and are their owner's alone") {
    Fixture fixture;
    fixture.dnssec.has_two_keys = true;
    KeyStore store(fixture.state);
    const sign::Roles roles = fixture.serve(store);
    CHECK(roles.published.size() == 2);
    CHECK(roles.key_signers.size() == 1);
    CHECK(roles.zone_signers.size() == 1);
    CHECK(roles.wanted.empty());
    CHECK(mode_of(fixture.folder()) == 0700);
    CHECK(mode_of(fixture.state_file()) == 0600);
    for (const char* ending : {".private", ".key"}) {
        const auto files = fixture.files(ending);
        CHECK(files.size() == 2);
        for (const auto& each : files) CHECK(mode_of(each) == 0600);
    }
    CHECK(store.files() == std::vector{fixture.state_file()});
}

TEST_CASE("keys outlive the process, and waits that others may not know of begin again") {
    Fixture fixture;
    std::vector<sign::KeyPtr> made;
    {
        KeyStore store(fixture.state);
        made = fixture.serve(store).published;
        fixture.pass(store, 3);
    }
    KeyStore store(fixture.state);
    const auto again = fixture.serve(store).published;
    REQUIRE(again.size() == 1);
    CHECK(again[0]->tag() == made[0]->tag());
    CHECK(again[0]->secret() == made[0]->secret());
    fixture.pass(store, 56);
    CHECK(fixture.serve(store).wanted.empty());
    fixture.pass(store, 1);
    CHECK(fixture.serve(store).wanted.size() == 1);
}

TEST_CASE("the next step is told, and nothing is written between steps") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    auto keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    CHECK(keys->next == fixture.now + 6);
    const std::string before = text_of(fixture.state_file());
    fixture.pass(store, 5);
    CHECK(text_of(fixture.state_file()) == before);
    fixture.pass(store, 1);
    CHECK(text_of(fixture.state_file()) != before);
    keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    CHECK(keys->next == fixture.now + 51);
}

TEST_CASE("what a command writes is served, and waits begin then") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    fixture.pass(store, 57);

    const KeyFolder folder(fixture.state, zone);
    {
        const auto lock = folder.lock(std::chrono::milliseconds(0));
        REQUIRE(lock.has_value());
        auto kept = folder.read();
        REQUIRE(kept.has_value());
        REQUIRE_FALSE(ds_seen(kept->history));
        auto key = folder.make_key({sign::Use::csk, sign::Algorithm::ed25519}, kept->history);
        REQUIRE(key.has_value());
        add(kept->history, *key, sign::Use::csk);
        REQUIRE(folder.write(kept->history).has_value());
    }
    const auto keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    REQUIRE(keys.has_value());
    CHECK(keys->roles.published.size() == 1);
    CHECK(keys->roles.zone_signers.size() == 2);
    CHECK_FALSE(folder.read()->history.keys[1].spread.since);
    store.served(zone, fixture.now);
    CHECK(folder.read()->history.keys[1].spread.since == fixture.now);
}

TEST_CASE("a key that goes takes its files along") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    CHECK(fixture.files(".private").size() == 1);
    const auto keys = store.roles(zone, nullptr, ttl, fixture.now);
    REQUIRE(keys.has_value());
    CHECK_FALSE(keys->roles.is_signed());
    CHECK(fixture.files(".private").empty());
    CHECK(fixture.files(".key").empty());
}

TEST_CASE("without a state folder no zone is signed, and others are as they were") {
    Fixture fixture;
    KeyStore store("");
    CHECK(fixture.refusal(store) ==
          "zone svc.corp.example is to be signed, and its keys would be lost with this process: "
          "give a folder for them with --state");
    const auto keys = store.roles(zone, nullptr, ttl, fixture.now);
    REQUIRE(keys.has_value());
    CHECK_FALSE(keys->roles.is_signed());
    CHECK(store.files().empty());
}

TEST_CASE("a zone that was never signed leaves no trace in the state folder") {
    Fixture fixture;
    KeyStore store(fixture.state);
    REQUIRE(store.roles(zone, nullptr, ttl, fixture.now).has_value());
    CHECK(fs::is_empty(fixture.state));
}

TEST_CASE("a step that cannot be written is not taken, and is tried again") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    fixture.pass(store, 56);
    fs::create_directory(fixture.state_file() + ".new");  // as good as a full disk
    ++fixture.now;
    auto keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    REQUIRE(keys.has_value());
    CHECK(keys->roles.wanted.empty());
    CHECK(keys->next == fixture.now + 30);
    fs::remove(fixture.state_file() + ".new");
    keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    CHECK(keys->roles.wanted.size() == 1);
}

TEST_CASE("a first key that cannot be kept is not used") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fs::create_directories(fixture.folder());
    fs::create_directory(fixture.state_file() + ".new");
    CHECK(fixture.refusal(store).starts_with("cannot write " + fixture.state_file()));
    CHECK(fixture.files(".private").empty());
    fs::remove(fixture.state_file() + ".new");
    CHECK(fixture.serve(store).is_signed());
}

TEST_CASE("files that are damaged, missing or open stop a start, and a running server goes on") {
    Fixture fixture;
    struct Row {
        const char* what;
        std::function<void()> damage;
        std::string refusal;
    };
    KeyStore running(fixture.state);
    const sign::Roles before = fixture.serve(running);
    const std::string secret = fixture.files(".private").at(0);
    const std::string state = fixture.state_file();
    const std::string secret_text = text_of(secret);
    const std::string state_text = text_of(state);
    const Row rows[] = {
        {"a damaged state", [&] { write(state, state_text.substr(0, 100)); },
         state + " is damaged: put it back from a backup"},
        {"no state", [&] { fs::remove(state); },
         state + " is missing, though there are keys beside it: put it back from a backup, or move "
                 "the keys away to begin anew"},
        {"no key", [&] { fs::remove(secret); },
         "cannot read " + secret + ": No such file or directory; put it back from a backup"},
        {"a key that all may read", [&] { chmod(secret.c_str(), 0644); },
         secret + " is open to other users, so its key may be no secret: chmod 600 it, and roll "
                  "the key if somebody may have read it"},
        {"a damaged key", [&] { write(secret, "Private-key-format: v1.3\nAlgorithm: 13\n"); },
         secret + ":0: PrivateKey is no key of ECDSAP256SHA256; put it back from a backup"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        row.damage();
        KeyStore starting(fixture.state);
        CHECK(fixture.refusal(starting) == row.refusal);
        const auto keys = running.roles(zone, &fixture.dnssec, ttl, fixture.now);
        REQUIRE(keys.has_value());
        CHECK(keys->roles == before);

        write(state, state_text);
        write(secret, secret_text);
        const auto mended = running.roles(zone, &fixture.dnssec, ttl, fixture.now);
        REQUIRE(mended.has_value());
        CHECK(mended->next != fixture.now + 30);
    }
}

TEST_CASE("a lock that somebody holds delays a step, and no answer") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    const auto lock = KeyFolder(fixture.state, zone).lock(std::chrono::milliseconds(0));
    REQUIRE(lock.has_value());
    const auto keys = store.roles(zone, &fixture.dnssec, ttl, fixture.now);
    REQUIRE(keys.has_value());
    CHECK(keys->roles.is_signed());
    CHECK(keys->next == fixture.now + 30);
}

TEST_CASE("the zones that have keys are found") {
    Fixture fixture;
    KeyStore store(fixture.state);
    fixture.serve(store);
    const dns::Name other = dns::name_from("a/b.example.");
    REQUIRE(store.roles(other, &fixture.dnssec, ttl, fixture.now).has_value());
    std::vector<std::string> names;
    for (const auto& each : KeyFolder::zones(fixture.state)) names.push_back(dns::to_text(each));
    CHECK(names == std::vector<std::string>{"a/b.example.", "svc.corp.example."});
    CHECK(KeyFolder::zones("/nowhere").empty());
}
