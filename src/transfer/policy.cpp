#include "portolan/transfer/policy.hpp"

#include <algorithm>

#include "portolan/zone/soa.hpp"

namespace portolan::transfer {
namespace {

bool has(const std::vector<dns::TsigKeyPtr>& keys, const dns::TsigKeyPtr& key) {
    return std::ranges::any_of(keys, [&](const auto& each) { return *each == *key; });
}

std::uint8_t bits_of(const registry::Address& address) noexcept {
    return static_cast<std::uint8_t>(address.size * 8);
}

}  // namespace

bool Policy::allows(const registry::Address& client, const dns::TsigKeyPtr& key) const {
    return std::ranges::any_of(rules, [&](const Rule& rule) {
        if (!rule.network.contains(client)) return false;
        return !rule.wants_key || (key != nullptr && has(rule.keys, key));
    });
}

Policy policy_of(const registry::Transfer& transfer, const FindKeys& find_keys) {
    Policy policy;
    // A path whose file gives no key makes a rule that nobody fulfils.
    const auto add_rule = [&](const registry::Network& network, const registry::KeyPath& own) {
        const registry::KeyPath& path = own ? own : transfer.keys;
        Policy::Rule rule{network, path.has_value(), {}};
        if (path) rule.keys = find_keys(path->value);
        for (const auto& key : rule.keys) {
            if (!has(policy.keys, key)) policy.keys.push_back(key);
        }
        policy.rules.push_back(std::move(rule));
    };
    for (const auto& secondary : transfer.to) {
        add_rule({secondary.address, bits_of(secondary.address)}, secondary.keys);
        const auto& keys = policy.rules.back().keys;
        policy.to.push_back(
            {secondary.address, secondary.port, keys.empty() ? nullptr : keys.front()});
    }
    for (const auto& clients : transfer.allow) add_rule(clients.network, clients.keys);
    // A key without a word on addresses is enough by itself.
    if (policy.rules.empty() && transfer.keys) {
        add_rule({.base = {}, .prefix = 0}, {});
        add_rule({.base = {.octets = {}, .size = 16}, .prefix = 0}, {});
    }
    return policy;
}

std::optional<dns::Serial> serial_in_ixfr(dns::OctetView request, const dns::Query& query) {
    if (dns::load_u16(request.data() + 8) != 1) return std::nullopt;
    dns::Reader reader(request, query.question_end);
    const auto owner = reader.name();
    const auto type = reader.u16();
    const auto klass = reader.u16();
    const auto ttl = reader.u32();
    const auto length = reader.u16();
    if (!owner || !type || !klass || !ttl || !length) return std::nullopt;
    if (static_cast<dns::Type>(*type) != dns::Type::soa || owner->view() != query.name) {
        return std::nullopt;
    }
    const std::size_t end = reader.position() + *length;
    if (!reader.name() || !reader.name()) return std::nullopt;
    const auto serial = reader.u32();
    if (!serial || reader.position() + 16 != end) return std::nullopt;
    return dns::Serial{*serial};
}

}  // namespace portolan::transfer
