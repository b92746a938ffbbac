#include "identity.hpp"

namespace portolan::answer {
namespace {

constexpr std::string_view id_server{"\2id\6server\0", 11};
constexpr std::string_view hostname_bind{"\10hostname\4bind\0", 15};
constexpr std::string_view version_server{"\7version\6server\0", 16};
constexpr std::string_view version_bind{"\7version\4bind\0", 14};

bool is(dns::NameView name, std::string_view wire) noexcept {
    return name == dns::NameView({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

}  // namespace

std::string_view identity_text(dns::NameView name, const Identity& identity) noexcept {
    if (is(name, id_server) || is(name, hostname_bind)) return identity.name;
    if (is(name, version_server) || is(name, version_bind)) return identity.version;
    return {};
}

}  // namespace portolan::answer
