#include "portolan/answer/cookies.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "../../src/answer/siphash.hpp"
#include "../support/zone_text.hpp"

using namespace portolan;
using answer::CookieSecret;
using answer::CookieState;
using test::from_hex;
using test::to_hex;

namespace {

CookieSecret secret_from(const std::string& hex) {
    CookieSecret secret{};
    std::ranges::copy(from_hex(hex), secret.begin());
    return secret;
}

const std::string first_secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const std::string second_secret = "445536bcd2513298075a5d379663c962";
const std::string third_secret = "dd3bdf9344b678b185a6f5cb60fca715";

}  // namespace

TEST_CASE("SipHash-2-4 is that of its reference") {
    answer::SipKey key{};
    dns::Octets octets(15);
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
    CHECK(to_hex(answer::siphash(key, {})) == "310e0edd47db6f72");
    CHECK(to_hex(answer::siphash(key, octets)) == "e545be4961ca29a1");
}

TEST_CASE("server cookies are those of RFC 9018 appendix A") {
    struct Row {
        const char* what;
        std::string secret, client, address;
        std::uint32_t now;
        std::string server;
    };
    const Row rows[] = {
        {"A.1 learning a new one", first_secret, "2464c4abcf10c957", "c6336464", 1559731985,
         "010000005cf79f111f8130c3eee29480"},
        {"A.2 the same client renews it", first_secret, "2464c4abcf10c957", "c6336464", 1559734385,
         "010000005cf7a871d4a564a1442aca77"},
        {"A.3 another client renews its own", first_secret, "fc93fc62807ddb86", "cb0071cb",
         1559734700, "010000005cf7a9acf73a7810aca2381e"},
        {"A.4 IPv6, after a new secret", second_secret, "22681ab97d52c298",
         "20010db80220000159ded0f4876982b8", 1559741961, "010000005cf7c609a6bb79d16625507a"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto made = answer::make_cookie(from_hex(row.client), from_hex(row.address), row.now,
                                              secret_from(row.secret));
        CHECK(to_hex(made) == row.client + row.server);
    }
}

TEST_CASE("a server cookie is good for its client, for an hour") {
    constexpr std::uint32_t made = 1559731985;
    const std::string good = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
    struct Row {
        const char* what;
        std::string cookie, address;
        std::uint32_t now;
        std::vector<std::string> secrets;
        CookieState state;
    };
    constexpr auto unknown = CookieState::unknown, none = CookieState::none;
    const std::vector<std::string> one{first_secret};
    const Row rows[] = {
        {"at once", good, "c6336464", made, one, CookieState::good},
        {"after an hour", good, "c6336464", made + 3600, one, CookieState::good},
        {"after more", good, "c6336464", made + 3601, one, unknown},
        {"from a clock ahead", good, "c6336464", made - 300, one, CookieState::good},
        {"from a clock far ahead", good, "c6336464", made - 301, one, unknown},
        {"from elsewhere", good, "c6336465", made, one, unknown},
        {"no option", "", "c6336464", made, one, none},
        {"the client's alone", "2464c4abcf10c957", "c6336464", made, one, unknown},
        {"of another client", "3464c4abcf10c957010000005cf79f111f8130c3eee29480", "c6336464", made,
         one, unknown},
        {"of a later version", "2464c4abcf10c957020000005cf79f111f8130c3eee29480", "c6336464", made,
         one, unknown},
        {"of another length", good + "00", "c6336464", made, one, unknown},
        {"of the last secret",
         good,
         "c6336464",
         made,
         {second_secret, first_secret},
         CookieState::good},
        {"of no secret of ours", good, "c6336464", made, {second_secret, third_secret}, unknown},
        // RFC 9018 A.3: what stands in the reserved octets is hashed as it came.
        {"with reserved octets", "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "cb0071cb",
         1559727985, one, CookieState::good},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        answer::CookieSecrets secrets;
        for (const auto& secret : row.secrets) secrets.push_back(secret_from(secret));
        CHECK(answer::check_cookie(from_hex(row.cookie), from_hex(row.address), row.now, secrets) ==
              row.state);
    }
}
