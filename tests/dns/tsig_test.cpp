#include "portolan/dns/tsig.hpp"

#include <catch2/catch.hpp>

#include "../../src/dns/presentation_codecs.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"

using namespace portolan::dns;

namespace {

constexpr std::uint64_t now = 1700000000;

TsigKeyPtr key_of(const char* name, TsigAlgorithm algorithm, std::uint8_t first = 0) {
    Octets secret(32);
    for (auto& octet : secret) octet = first++;
    return std::make_shared<const TsigKey>(TsigKey{name_from(name), algorithm, secret});
}

const std::vector<TsigKeyPtr> keys = {
    key_of("transfer.key.example.", TsigAlgorithm::hmac_sha256),
    key_of("transfer.key.example.", TsigAlgorithm::hmac_sha384),
    key_of("transfer.key.example.", TsigAlgorithm::hmac_sha512),
};

Octets octets_of(std::string_view hex) {
    Octets octets;
    REQUIRE(codec::read_hex(hex, octets));
    return octets;
}

/// z.example SOA with the ID 0x1234, as dnspython 2.3 signs it at `now`; the octets of its MAC
/// stand from `mac` on.
struct Signed {
    const char* algorithm;
    const char* hex;
    std::size_t mac_octets;
};
const Signed by_dnspython[] = {
    {"hmac-sha256",
     "123400000001000000000001017a076578616d706c650000060001085472616e73666572034b6579c00e00fa00ff0"
     "0"
     "000000003d0b686d61632d7368613235360000006553f100012c00204972a5500e2b88f574f224ee28b8ec09658d1"
     "4"
     "3d03bafc1e3efdfc9d567b40c3123400000000",
     32},
    {"hmac-sha384",
     "123400000001000000000001017a076578616d706c650000060001085472616e73666572034b6579c00e00fa00ff0"
     "0"
     "000000004d0b686d61632d7368613338340000006553f100012c0030bdeca35a888646e396fc6b417f0b2224d3496"
     "4"
     "bdc490a680dc6029ad1942ef04fab4a8ff6f63bf4ff14afc10ad7283a4123400000000",
     48},
    {"hmac-sha512",
     "123400000001000000000001017a076578616d706c650000060001085472616e73666572034b6579c00e00fa00ff0"
     "0"
     "000000005d0b686d61632d7368613531320000006553f100012c0040c08025242aa65f3d063ee50565f549229358f"
     "a"
     "84344d0d1c228d7153ca379cb2dd871cf5b350824929e9f2d0fc775272f448052f816b14aa9cf84775c7ddd620123"
     "4"
     "00000000",
     64},
};

constexpr std::size_t question_octets = 27;  // header and question of such a message

Octets reply_to(const Octets& request) {
    Octets reply(request.begin(), request.begin() + question_octets);
    reply[2] = 0x84;
    reply[10] = reply[11] = 0;
    return reply;
}

/// The request with its MAC cut to `size` octets.
Octets with_short_mac(const Signed& row, std::size_t size) {
    Octets message = octets_of(row.hex);
    const std::size_t end = message.size() - 6;  // ID, error, other size follow the MAC
    const std::size_t start = end - row.mac_octets;
    const std::size_t cut = row.mac_octets - size;
    message.erase(message.begin() + static_cast<std::ptrdiff_t>(end - cut),
                  message.begin() + static_cast<std::ptrdiff_t>(end));
    store_u16(message.data() + start - 2, static_cast<std::uint16_t>(size));
    std::uint8_t* length = message.data() + start - 2 - 2 - 6 - 13 - 2;
    store_u16(length, static_cast<std::uint16_t>(load_u16(length) - cut));
    return message;
}

}  // namespace

TEST_CASE("requests signed by another implementation verify, with each algorithm") {
    for (const auto& row : by_dnspython) {
        CAPTURE(row.algorithm);
        const Octets message = octets_of(row.hex);
        Tsig tsig;
        REQUIRE(tsig.read(message) == Tsig::Found::present);
        CHECK(tsig.verify(keys, now) == TsigError::none);
        REQUIRE(tsig.verified_key() != nullptr);
        CHECK(to_string(tsig.verified_key()->algorithm) == row.algorithm);
        CHECK(tsig.unsigned_message().size() == question_octets);
        CHECK(load_u16(tsig.unsigned_message().data() + 10) == 0);
    }
}

TEST_CASE("what is wrong with a signature is told as RFC 8945 has it") {
    struct Row {
        const char* what;
        std::size_t flip;  // an octet to change, from the end
        std::int64_t later;
        std::size_t mac;  // octets left of it
        std::optional<TsigError> error;
        bool reply_has_mac;
    };
    const Row rows[] = {
        {"nothing", 0, 0, 32, TsigError::none, true},
        {"the MAC's last octet", 7, 0, 32, TsigError::bad_sig, false},
        {"the time, which is under the MAC", 43, 0, 32, TsigError::bad_sig, false},
        {"the original ID, which is under the MAC", 5, 0, 32, TsigError::bad_sig, false},
        {"the key's name", 80, 0, 32, TsigError::bad_key, false},
        {"the algorithm's name", 50, 0, 32, TsigError::bad_key, false},
        {"300 seconds late", 0, 300, 32, TsigError::none, true},
        {"301 seconds late", 0, 301, 32, TsigError::bad_time, true},
        {"300 seconds early", 0, -300, 32, TsigError::none, true},
        {"301 seconds early", 0, -301, 32, TsigError::bad_time, true},
        {"late and wrong: the MAC comes first", 7, 301, 32, TsigError::bad_sig, false},
        {"a MAC cut to half", 0, 0, 16, TsigError::bad_trunc, true},
        {"late and cut: the time comes first", 0, 301, 16, TsigError::bad_time, true},
        {"a MAC cut below half", 0, 0, 15, std::nullopt, false},
        {"no MAC", 0, 0, 0, std::nullopt, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Octets message = with_short_mac(by_dnspython[0], row.mac);
        if (row.flip > 0) message[message.size() - row.flip] ^= 1U;
        const std::uint64_t clock = now + static_cast<std::uint64_t>(row.later);
        Tsig tsig;
        REQUIRE(tsig.read(message) == Tsig::Found::present);
        REQUIRE(tsig.verify(keys, clock) == row.error);
        CHECK((tsig.verified_key() != nullptr) == (row.error == TsigError::none));
        if (!row.error) continue;

        Octets reply = reply_to(message);
        const std::size_t before = reply.size();
        const std::size_t announced = tsig.signature_octets();
        tsig.sign(reply, clock);
        CHECK(reply.size() == before + announced);
        Tsig read;
        REQUIRE(read.read(reply) == Tsig::Found::present);
        CHECK(load_u16(reply.data() + 10) == 1);
        const bool is_late = row.error == TsigError::bad_time;
        const std::size_t error_at = reply.size() - 4 - (is_late ? 6 : 0);
        CHECK(load_u16(reply.data() + error_at) == static_cast<unsigned>(*row.error));
        CHECK(load_u16(reply.data() + error_at + 2) == (is_late ? 6 : 0));
        if (is_late) CHECK(load_u32(reply.data() + reply.size() - 4) == clock);
        const std::size_t mac_at = error_at - 2 - (row.reply_has_mac ? 32 : 0);
        CHECK(load_u16(reply.data() + mac_at - 2) == (row.reply_has_mac ? 32 : 0));
        // The time that stands in the record: the request's when that was late, else ours.
        CHECK(load_u32(reply.data() + mac_at - 8) == (is_late ? now : clock));
    }
}

TEST_CASE("a TSIG is the last record, or the message is malformed") {
    const Octets good = octets_of(by_dnspython[0].hex);
    const Octets record(good.begin() + question_octets, good.end());
    const auto with = [&](std::initializer_list<Octets> records, std::uint16_t count) {
        Octets message(good.begin(), good.begin() + question_octets);
        for (const auto& each : records) message.insert(message.end(), each.begin(), each.end());
        store_u16(message.data() + 10, count);
        return message;
    };
    const Octets opt = octets_of("0000290200000000000000");
    Octets wrong_class = record;
    wrong_class[18] = 0xfe;
    Octets wrong_ttl = record;
    wrong_ttl[22] = 1;
    Octets mac_too_long = record;
    mac_too_long[record.size() - 6 - 32 - 1] = 60;
    struct Row {
        const char* what;
        Octets message;
        Tsig::Found found;
    };
    const Row rows[] = {
        {"none", with({}, 0), Tsig::Found::absent},
        {"another record", with({opt}, 1), Tsig::Found::absent},
        {"one", with({record}, 1), Tsig::Found::present},
        {"behind OPT", with({opt, record}, 2), Tsig::Found::present},
        {"before OPT", with({record, opt}, 2), Tsig::Found::malformed},
        {"two", with({record, record}, 2), Tsig::Found::malformed},
        {"octets behind it", with({record, opt}, 1), Tsig::Found::malformed},
        {"of class FE", with({wrong_class}, 1), Tsig::Found::malformed},
        {"with a TTL", with({wrong_ttl}, 1), Tsig::Found::malformed},
        {"with a MAC that passes its end", with({mac_too_long}, 1), Tsig::Found::malformed},
        {"cut off", with({Octets(record.begin(), record.end() - 1)}, 1), Tsig::Found::absent},
        {"no header", Octets(5), Tsig::Found::absent},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Tsig tsig;
        CHECK(tsig.read(row.message) == row.found);
    }
}

TEST_CASE("each message of a transfer is chained to the one before") {
    Octets request = reply_to(octets_of(by_dnspython[0].hex));
    request[2] = 0;
    Tsig client = Tsig::of_client(keys[2]);
    client.sign(request, now);
    Tsig server;
    REQUIRE(server.read(request) == Tsig::Found::present);
    REQUIRE(server.verify(keys, now) == TsigError::none);
    Octets first = reply_to(request);
    Octets second = first;
    server.sign(first, now);
    server.sign(second, now);
    // The later ones digest the timers alone, so they differ, and by their MACs alone.
    CHECK(first != second);
    CHECK(first.size() == second.size());
    CHECK(std::equal(first.begin(), first.end() - 6 - 64, second.begin()));
}

TEST_CASE("a key file is printed as tsig-keygen prints it") {
    const TsigKey key{name_from("transfer.key.example."), TsigAlgorithm::hmac_sha256,
                      Octets{1, 2, 3, 4}};
    CHECK(to_key_file(key) ==
          "key \"transfer.key.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"AQIDBA==\";\n};\n");
}

TEST_CASE("algorithms are read in any case, and no others") {
    CHECK(parse_tsig_algorithm("HMAC-SHA384") == TsigAlgorithm::hmac_sha384);
    for (const char* text : {"", "hmac-md5", "hmac-sha1", "hmac-sha256.", "sha256"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_tsig_algorithm(text).has_value());
    }
}
