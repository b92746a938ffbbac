#include "portolan/source/registration_store.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/registration_json.hpp"
#include "source/sqlite.hpp"

using namespace portolan;
using source::RegistrationDatabase;

namespace {

/// A state folder that goes with the test.
struct Folder {
    Folder() {
        std::string pattern = "/tmp/portolan-store-XXXXXX";
        path = mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

/// Collects what the store posts, and waits for it.
class Posted {
public:
    RegistrationDatabase::Post post() {
        return [this](std::function<void()> act) {
            const std::lock_guard held(mutex_);
            act();
            came_.notify_one();
        };
    }
    RegistrationDatabase::Done done() {
        return [this](const std::optional<source::NotKept>& error) {
            ++count_;
            if (error) errors_.push_back(error->reason);
        };
    }
    void wait_for(std::size_t count) {
        std::unique_lock held(mutex_);
        REQUIRE(came_.wait_for(held, std::chrono::seconds(20), [&] { return count_ >= count; }));
    }
    [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::size_t count_ = 0;
    std::vector<std::string> errors_;
};

registry::Registered web(const std::string& id) {
    registry::Registration one;
    one.said = *registry::announcement_from(*registry::parse_json(
        R"({"service":"web","environment":"prod","protocol":"tcp","address":"10.1.0.11","port":80,"id":")" +
        id + R"(","checks":[{"heartbeat":{"ttl":"5s"}}]})"));
    one.zone = dns::name_from("z.example.");
    one.environment = "prod";
    registry::Catalog catalog(1);
    return catalog.put(one, registry::Moment(1000));
}

source::Write put(const registry::Registered& one) { return source::write::Put{one}; }

std::string ids(std::vector<registry::Registered> all) {
    std::string text;
    for (const auto& each : all)
        text += each.said().id + "=" + to_string(each.checks.at(0).verdict) + " ";
    return text;
}

void execute(const std::string& folder, const char* sql) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(source::store_path(folder).c_str(), &opened) == SQLITE_OK);
    const source::sqlite::Database database(opened);
    source::sqlite::execute(opened, sql);
}

}  // namespace

TEST_CASE("what was written is there after a restart, as it was last", "[store]") {
    const Folder folder;
    auto a = web("a");
    {
        Posted posted;
        RegistrationDatabase store(folder.path, posted.post());
        CHECK(store.load().empty());
        store.submit(put(a), posted.done());
        store.submit(put(web("b")), posted.done());
        store.submit(put(web("c")), posted.done());
        a.checks[0].verdict = registry::Verdict::passing;
        store.submit(source::write::State{a}, posted.done());
        store.submit(source::write::Remove{web("b").registration.key()}, posted.done());
        posted.wait_for(5);
        CHECK(posted.errors().empty());
    }
    Posted posted;
    RegistrationDatabase store(folder.path, posted.post());
    CHECK(ids(store.load()) == "a=passing c=critical ");
}

TEST_CASE("what a registration displaces goes with its coming", "[store]") {
    const Folder folder;
    {
        Posted posted;
        RegistrationDatabase store(folder.path, posted.post());
        store.submit(put(web("a")), posted.done());
        auto b = std::get<source::write::Put>(put(web("b")));
        b.displaced = web("a").registration.key();
        store.submit(b, posted.done());
    }
    Posted posted;
    CHECK(ids(RegistrationDatabase(folder.path, posted.post()).load()) == "b=critical ");
}

TEST_CASE("what still waits at the end is written", "[store]") {
    const Folder folder;
    {
        Posted posted;
        RegistrationDatabase store(folder.path, posted.post());
        for (int i = 0; i < 2500; ++i) store.submit(put(web(std::to_string(i))), posted.done());
    }
    Posted posted;
    CHECK(RegistrationDatabase(folder.path, posted.post()).load().size() == 2500);
}

TEST_CASE("one state folder has one server", "[store]") {
    const Folder folder;
    Posted posted;
    const RegistrationDatabase store(folder.path, posted.post());
    CHECK_THROWS_WITH(RegistrationDatabase(folder.path, posted.post()),
                      Catch::Contains("is held by another portolan"));
    CHECK_THROWS_WITH(source::import_store(folder.path, {}),
                      Catch::Contains("is held by another portolan"));
    CHECK(source::check_store(folder.path).empty());
}

TEST_CASE("a store of a later version is refused, not misread", "[store]") {
    const Folder folder;
    Posted posted;
    { const RegistrationDatabase store(folder.path, posted.post()); }
    execute(folder.path, "PRAGMA user_version = 2");
    CHECK_THROWS_WITH(RegistrationDatabase(folder.path, posted.post()),
                      Catch::Contains("is of version 2, and this portolan knows 1"));
    CHECK_THROWS_AS(source::check_store(folder.path), source::StoreError);
}

TEST_CASE("a store goes out as lines and comes in from them", "[store]") {
    const Folder from;
    const Folder to;
    Posted posted;
    {
        RegistrationDatabase store(from.path, posted.post());
        store.submit(put(web("a")), posted.done());
        store.submit(put(web("b")), posted.done());
    }
    auto lines = source::export_store(from.path);
    REQUIRE(lines.size() == 2);
    CHECK(source::import_store(to.path, lines) == 2);
    CHECK(source::export_store(to.path) == lines);
    const std::string wrong = R"({"registration":{"service":"web"},"state":{}})";
    lines.push_back(wrong);
    const Folder empty;
    CHECK_THROWS_WITH(source::import_store(empty.path, lines),
                      "line 3: address \"\" is no IP address; nothing was imported");
    CHECK(source::export_store(empty.path).empty());
}

TEST_CASE("check names what is wrong in a store", "[store]") {
    const Folder folder;
    Posted posted;
    {
        RegistrationDatabase store(folder.path, posted.post());
        store.submit(put(web("a")), posted.done());
        store.submit(put(web("b")), posted.done());
        store.submit(put(web("c")), posted.done());
    }
    CHECK(source::check_store(folder.path).empty());
    execute(folder.path, "UPDATE registration SET registration = '{' WHERE id = 'a'");
    execute(folder.path, "UPDATE registration SET id = 'x' WHERE id = 'b'");
    const auto faults = source::check_store(folder.path);
    REQUIRE(faults.size() == 2);
    CHECK(faults[0] == "a at 10.1.0.11: this is no JSON from octet 2 on: incomplete JSON");
    CHECK(faults[1] == "x at 10.1.0.11 is the key of another registration");
    CHECK_THROWS_WITH(RegistrationDatabase(folder.path, posted.post()).load(),
                      Catch::Contains("portolan store check"));
}

TEST_CASE("a file that is no database is said to be none", "[store]") {
    const Folder folder;
    std::ofstream(source::store_path(folder.path)) << "this is not a database, and long enough";
    Posted posted;
    CHECK_THROWS_WITH(RegistrationDatabase(folder.path, posted.post()),
                      Catch::Contains("file is not a database"));
}
