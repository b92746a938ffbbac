#include "portolan/app/serials.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;

namespace {

const dns::Name apex = dns::name_from("svc.corp.example.");

/// A folder that goes with the test.
struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "portolan-state-XXXXXX").string();
        path = mkdtemp(pattern.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
    [[nodiscard]] fs::path file() const { return path / state_file_name(apex); }
    void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
};

dns::RrsetPtr set_of(dns::Type type, std::uint32_t ttl, const char* rdata) {
    return dns::make_rrset(type, dns::Ttl{ttl},
                           std::vector<dns::Octets>{dns::rdata_from(type, rdata)});
}

zone::Zone small_zone(const char* soa, const char* owner, std::uint32_t ttl, const char* address) {
    zone::Zone zone(apex);
    zone.put(apex, set_of(dns::Type::soa, 5, soa));
    zone.put(dns::name_from(owner), set_of(dns::Type::a, ttl, address));
    return zone;
}

std::uint64_t content_of_zone(const zone::Zone& zone) {
    std::uint64_t content = 0;
    for (const auto& [owner, sets] : zone.nodes()) {
        for (const auto& set : sets) content += content_of(owner, *set);
    }
    return content;
}

constexpr const char* soa_1 = "ns. dns. 1 60 10 600 5";

}  // namespace

TEST_CASE("the next serial is the time, or one more, and never lower", "[serials]") {
    struct Row {
        const char* what;
        std::optional<dns::Serial> last;
        std::uint32_t now;
        std::uint32_t next;
    };
    const Row rows[] = {
        {"the first one", std::nullopt, 1700000000, 1700000000},
        {"the time has passed", dns::Serial{1700000000}, 1700000009, 1700000009},
        {"twice in a second", dns::Serial{1700000000}, 1700000000, 1700000001},
        {"the clock was set back", dns::Serial{1700000000}, 1600000000, 1700000001},
        {"a serial ahead of the time", dns::Serial{2026013199}, 1700000000, 2026013200},
        {"over the end of the numbers, 0 left out", dns::Serial{4294967295U}, 4294967295U, 1},
        {"exactly as far as can be told apart (RFC 1982 3.2)", dns::Serial{1}, 2147483649U, 2},
        {"no clock at all", std::nullopt, 0, 1},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const dns::Serial next = serial_after(row.last, row.now);
        CHECK(next.value == row.next);
        if (row.last) CHECK(next > *row.last);
    }
}

TEST_CASE("content is what a zone says, but for its serial", "[serials]") {
    const auto base = content_of_zone(small_zone(soa_1, "jb1.svc.corp.example.", 300, "10.1.0.11"));
    const auto hash = [](const char* soa, const char* owner, std::uint32_t ttl,
                         const char* address) {
        return content_of_zone(small_zone(soa, owner, ttl, address));
    };
    CHECK(hash("ns. dns. 2 60 10 600 5", "jb1.svc.corp.example.", 300, "10.1.0.11") == base);
    CHECK(hash(soa_1, "JB1.svc.corp.example.", 300, "10.1.0.11") == base);
    CHECK(hash("ns. dns. 1 61 10 600 5", "jb1.svc.corp.example.", 300, "10.1.0.11") != base);
    CHECK(hash(soa_1, "jb2.svc.corp.example.", 300, "10.1.0.11") != base);
    CHECK(hash(soa_1, "jb1.svc.corp.example.", 301, "10.1.0.11") != base);
    CHECK(hash(soa_1, "jb1.svc.corp.example.", 300, "10.1.0.12") != base);
}

TEST_CASE("addresses that hosts exchange are another content: their sum was the same",
          "[serials]") {
    const auto content = [](std::uint8_t one, std::uint8_t other) {
        const auto at = [](const char* owner, std::uint8_t last) {
            const auto set =
                dns::make_rrset(dns::Type::a, dns::Ttl{300}, {dns::Octets{10, 0, 0, last}});
            return content_of(dns::name_from(owner), *set);
        };
        return at("h1.prod.svc.corp.example.", one) + at("h2.prod.svc.corp.example.", other);
    };
    std::map<std::uint64_t, std::pair<int, int>> seen;
    for (int one = 0; one < 64; ++one) {
        for (int other = 0; other < 64; ++other) {
            const auto sum =
                content(static_cast<std::uint8_t>(one), static_cast<std::uint8_t>(other));
            CHECK(seen.emplace(sum, std::pair(one, other)).second);
        }
    }
}

TEST_CASE("a kept serial survives a restart, with and without a change", "[serials]") {
    Folder folder;
    const KeptSerial kept{dns::Serial{1700000000}, 0xfeedface12345678U};
    SerialStore(folder.path).keep(apex, kept);
    CHECK(SerialStore(folder.path).find(apex) == kept);
    CHECK(SerialStore(folder.path).find(dns::name_from("SVC.corp.EXAMPLE.")) == kept);
    CHECK(!SerialStore(folder.path).find(dns::name_from("corp.example.")));

    const KeptSerial later{dns::Serial{1700000001}, 1};
    SerialStore(folder.path).keep(apex, later);
    CHECK(SerialStore(folder.path).find(apex) == later);
}

TEST_CASE("serials of many changes are set aside, and written when they are used up", "[serials]") {
    Folder folder;
    constexpr std::uint32_t first = 4294967000U;  // over the end of the numbers
    {
        SerialStore store(folder.path);
        store.keep(apex, {dns::Serial{first}, 1});
        store.advance(apex, {dns::Serial{first + 1}, 2});
        const auto set_aside = fs::last_write_time(folder.file());
        store.advance(apex, {dns::Serial{first + 1 + SerialStore::reserve}, 3});
        CHECK(fs::last_write_time(folder.file()) == set_aside);
        CHECK(store.find(apex) == KeptSerial{dns::Serial{first + 1 + SerialStore::reserve}, 3});
    }
    CHECK(SerialStore(folder.path).find(apex) ==
          KeptSerial{dns::Serial{first + 1 + SerialStore::reserve}, std::nullopt});
    {
        SerialStore store(folder.path);
        store.advance(apex, {dns::Serial{first + 2 + SerialStore::reserve}, 4});
        store.settle();
    }
    CHECK(SerialStore(folder.path).find(apex) ==
          KeptSerial{dns::Serial{first + 2 + SerialStore::reserve}, 4});
}

TEST_CASE("without a folder serials live as long as the program", "[serials]") {
    SerialStore store("");
    CHECK(!store.is_kept());
    CHECK(!store.find(apex));
    store.keep(apex, {dns::Serial{7}, 8});
    CHECK(store.find(apex) == KeptSerial{dns::Serial{7}, 8});
}

TEST_CASE("damaged state counts as none", "[serials]") {
    const std::string whole = to_text({dns::Serial{1700000000}, 42}, apex);
    REQUIRE(parse_kept_serial(whole, apex));
    CHECK(!parse_kept_serial(whole, dns::name_from("other.example.")));

    SECTION("any octet changed or missing") {
        for (std::size_t i = 0; i < whole.size(); ++i) {
            CAPTURE(i);
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            CHECK(!parse_kept_serial(changed, apex));
            CHECK(!parse_kept_serial(whole.substr(0, i), apex));
        }
    }
    SECTION("as files") {
        const char* texts[] = {"", "\n", "serial 5\n", "\xff\xfe\0x", "portolan-serial 2\n"};
        for (const std::string text : texts) {
            Folder folder;
            folder.write(text);
            CHECK(!SerialStore(folder.path).find(apex));
        }
        Folder folder;
        folder.write(whole + whole);
        CHECK(!SerialStore(folder.path).find(apex));
    }
    SECTION("a folder where the file should be") {
        Folder folder;
        fs::create_directory(folder.file());
        CHECK(!SerialStore(folder.path).find(apex));
    }
}

TEST_CASE("a state folder that cannot be used is refused at once", "[serials]") {
    Folder folder;
    SECTION("another server has it") {
        const SerialStore first(folder.path);
        CHECK_THROWS_WITH(SerialStore(folder.path), Catch::Contains("another portolan"));
    }
    SECTION("a file is in the way") {
        folder.write("");
        CHECK_THROWS_WITH(SerialStore(folder.file()), Catch::Contains("--state"));
        CHECK_THROWS_WITH(SerialStore(folder.file() / "below"), Catch::Contains("--state"));
    }
    SECTION("a missing one is made, with what stands above it") {
        const SerialStore store(folder.path / "var" / "lib");
        CHECK(fs::is_directory(folder.path / "var" / "lib"));
    }
}

TEST_CASE("every zone has a file name of its own that stays in the folder", "[serials]") {
    struct Row {
        const char* zone;
        const char* file;
    };
    const Row rows[] = {
        {"svc.corp.example.", "svc.corp.example.serial"},
        {"SVC.Corp.example.", "svc.corp.example.serial"},
        {".", "%root.serial"},
        {"0/25.2.0.192.in-addr.arpa.", "0%2f25.2.0.192.in-addr.arpa.serial"},
        {"\\.\\..example.", "%2e%2e.example.serial"},
        {"%root.", "%25root.serial"},
    };
    for (const auto& row : rows) CHECK(state_file_name(dns::name_from(row.zone)) == row.file);

    std::string longest;
    for (int i = 0; i < 3; ++i) longest += std::string(60, 'a') + ".";
    const std::string one = state_file_name(dns::name_from(longest + "b/b/b/b/b/b/b/b."));
    const std::string other = state_file_name(dns::name_from(longest + "b/b/b/b/b/b/b/c."));
    CHECK(one.size() < 200);
    CHECK(one != other);
}
