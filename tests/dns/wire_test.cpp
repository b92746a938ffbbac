#include "portolan/dns/wire.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"

using namespace portolan::dns;

namespace {

Octets octets(std::initializer_list<int> values) {
    Octets result;
    for (const int value : values) result.push_back(static_cast<std::uint8_t>(value));
    return result;
}

}  // namespace

TEST_CASE("compressed names are expanded, and loops cannot be") {
    struct Row {
        const char* what;
        Octets message;
        std::size_t start;
        const char* name;  // or nullptr for an error
        std::size_t end;
    };
    const Row rows[] = {
        {"plain", octets({1, 'a', 0}), 0, "a.", 3},
        {"root", octets({0}), 0, ".", 1},
        {"one pointer", octets({1, 'a', 0, 1, 'b', 0xc0, 0}), 3, "b.a.", 7},
        {"two pointers", octets({1, 'a', 0, 1, 'b', 0xc0, 0, 0xc0, 3}), 7, "b.a.", 9},
        {"pointer to itself", octets({0xc0, 0}), 0, nullptr, 0},
        {"pointer forward", octets({0xc0, 2, 0}), 0, nullptr, 0},
        {"two that meet", octets({0xc0, 2, 0xc0, 0}), 2, nullptr, 0},
        {"a label that ends in its own start", octets({1, 'a', 0xc0, 0}), 0, nullptr, 0},
        {"half a pointer", octets({1, 'a', 0xc0}), 0, nullptr, 0},
        {"label past the end", octets({5, 'a'}), 0, nullptr, 0},
        {"no root", octets({1, 'a'}), 0, nullptr, 0},
        {"extended label type", octets({0x41, 'a', 0}), 0, nullptr, 0},
        {"reserved label type", octets({0x80, 'a', 0}), 0, nullptr, 0},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Reader reader(row.message, row.start);
        const auto name = reader.name();
        CHECK(name.has_value() == (row.name != nullptr));
        if (!name || row.name == nullptr) continue;
        CHECK(*name == name_from(row.name));
        CHECK(reader.position() == row.end);
    }
}

TEST_CASE("a name over 255 octets is refused, compressed or not") {
    Octets message;
    for (int i = 0; i < 4; ++i) {
        message.push_back(63);
        message.insert(message.end(), 63, 'x');
    }
    message.push_back(0);  // 257 octets
    CHECK_FALSE(Reader(message).name().has_value());
    CHECK_FALSE(Reader(message).plain_name().has_value());
    CHECK(Reader(message, 64).name().has_value());
    const std::size_t start = message.size();
    message.insert(message.end(), {63});
    message.insert(message.end(), 63, 'y');
    message.insert(message.end(), {0xc0, 64});
    CHECK_FALSE(Reader(message, start).name().has_value());
}

TEST_CASE("pointers to pointers to pointers end at 127: the bug of one message that took 0.1 s") {
    Octets message{0};
    std::size_t last = 0;
    for (int hops = 1; hops <= 128; ++hops) {
        const std::size_t start = message.size();
        message.insert(message.end(), {static_cast<std::uint8_t>(0xc0 | (last >> 8)),
                                       static_cast<std::uint8_t>(last)});
        CAPTURE(hops);
        CHECK(Reader(message, start).name().has_value() == (hops <= 127));
        last = start;
    }
}

TEST_CASE("a first octet of 64 to 191 is no length, however many octets follow") {
    for (const int type : {0x40, 0x41, 0x7f, 0x80, 0xbf}) {
        CAPTURE(type);
        Octets message(static_cast<std::size_t>(type) + 2, 'a');
        message.front() = static_cast<std::uint8_t>(type);
        message.back() = 0;
        CHECK_FALSE(Reader(message).name().has_value());
        CHECK_FALSE(Reader(message).plain_name().has_value());
    }
}

TEST_CASE("a plain name takes no pointer") {
    CHECK_FALSE(Reader(octets({1, 'a', 0, 0xc0, 0}), 3).plain_name().has_value());
    CHECK(Reader(octets({1, 'a', 0})).plain_name().has_value());
}

TEST_CASE("a put that does not fit writes nothing") {
    std::uint8_t room[3] = {};
    Writer writer(room);
    CHECK(writer.u16(0x0102));
    CHECK_FALSE(writer.u16(0x0304));
    CHECK_FALSE(writer.u32(0));
    CHECK(writer.position() == 2);
    CHECK(writer.u8(7));
    CHECK_FALSE(writer.octets(octets({1})));
    CHECK(room[2] == 7);
}

TEST_CASE("serials compare in sequence space") {
    CHECK(Serial{1} < Serial{2});
    CHECK(Serial{0xffffffff} < Serial{1});
    CHECK_FALSE(Serial{5} < Serial{5});
    CHECK(Serial{0}.next() == Serial{1});
    CHECK(Serial{0xffffffff}.next() == Serial{1});
    CHECK((Serial{0} <=> Serial{0x80000000}) == std::partial_ordering::unordered);
}
