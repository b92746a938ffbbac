#include "portolan/source/key_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "portolan/dns/presentation.hpp"

using namespace portolan;

namespace {

const std::string secret = "MDEyMzQ1Njc4OWFiY2RlZg==";  // 16 octets
const std::string good =
    "key \"xfr.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"" + secret + "\";\n};\n";

}  // namespace

TEST_CASE("key files read as BIND reads them") {
    struct Row {
        const char* what;
        std::string text;
        std::vector<std::string> keys;
    };
    const Row rows[] = {
        {"as tsig-keygen prints it", good, {"xfr.example. hmac-sha256"}},
        {"in one line, without quotes",
         "key xfr.example{algorithm HMAC-SHA512;secret " + secret + ";};",
         {"xfr.example. hmac-sha512"}},
        {"the secret first, a final dot",
         "key xfr.example. { secret \"" + secret + "\"; algorithm hmac-sha384; };",
         {"xfr.example. hmac-sha384"}},
        {"comments", "# a\n// b\n/* c\n d */" + good + "# the end", {"xfr.example. hmac-sha256"}},
        {"several",
         good + "key b { algorithm hmac-sha512; secret \"" + secret + "\"; };",
         {"xfr.example. hmac-sha256", "b. hmac-sha512"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto file = source::parse_key_file(row.text, "k");
        CHECK(file.findings.empty());
        std::vector<std::string> keys;
        for (const auto& key : file.keys) {
            keys.push_back(dns::to_text(key->name) + " " + std::string(to_string(key->algorithm)));
            CHECK(std::string(key->secret.begin(), key->secret.end()) == "0123456789abcdef");
        }
        CHECK(keys == row.keys);
    }
}

TEST_CASE("a key file's fault is told with its place, and never with its secret") {
    struct Row {
        const char* what;
        std::string text;
        std::uint32_t line, column;
        const char* message;
    };
    const Row rows[] = {
        {"nothing", "", 0, 0, "holds no key"},
        {"a comment without an end", "/* " + good, 0, 0, "holds no key"},
        {"something else", "zone \"x\" {};", 1, 1, "expected \"key\""},
        {"no name", "key { algorithm hmac-sha256; };", 1, 7, "expected \"{\""},
        {"a bad name", "key \"a..b\" {};", 1, 5, "no domain name"},
        {"no algorithm", "key a {\n secret \"" + secret + "\"; };", 2, 37, "no algorithm"},
        {"no secret", "key a { algorithm hmac-sha256; };", 1, 32, "no secret"},
        {"MD5", "key a { algorithm hmac-md5; };", 1, 19, "none of those that are safe"},
        {"no base64", "key a { secret \"MDEy*\"; };", 1, 16, "no base64"},
        {"a short secret", "key a { secret \"MDEyMw==\"; };", 1, 16, "4 octets, and 16"},
        {"a missing semicolon", "key a { secret " + secret + " algorithm hmac-sha256; };", 1, 41,
         "expected \";\""},
        {"an open quote", "key a { secret \"" + secret, 1, 41, "expected \";\""},
        {"cut off", good.substr(0, good.size() - 4), 3, 36, "expected \"}\""},
        {"twice", good + good, 8, 2, "given twice"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto file = source::parse_key_file(row.text, "k");
        CHECK(file.keys.empty());
        REQUIRE(file.findings.size() == 1);
        const auto& finding = file.findings.front();
        INFO(registry::to_string(finding));
        CHECK(finding.line == row.line);
        CHECK(finding.column == row.column);
        CHECK(finding.message.find(row.message) != std::string::npos);
        CHECK(registry::to_string(finding).find("MDEy") == std::string::npos);
    }
}

TEST_CASE("a key file that all users may read is refused, and one that is missing") {
    const auto path =
        std::filesystem::temp_directory_path() / ("portolan-key-" + std::to_string(getpid()));
    std::ofstream(path) << good;
    for (const auto& [mode, is_good] : {std::pair{0600, true}, {0640, true}, {0644, false}}) {
        CAPTURE(mode);
        chmod(path.c_str(), static_cast<mode_t>(mode));
        CHECK(source::read_key_file(path).findings.empty() == is_good);
    }
    std::filesystem::remove(path);
    CHECK(source::read_key_file(path).findings.size() == 1);
}
