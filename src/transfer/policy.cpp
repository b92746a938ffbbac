#include "portolan/transfer/policy.hpp"

#include <algorithm>

#include "portolan/zone/soa.hpp"

namespace portolan::transfer {
namespace {

bool has(const std::vector<dns::TsigKeyPtr>& keys, const dns::TsigKeyPtr& key) {
    return std::ranges::any_of(keys, [&](const auto& each) { return *each == *key; });
}

bool has_one_of(std::span<const std::string> wanted, std::span<const std::string> names) {
    return std::ranges::find_first_of(names, wanted) != names.end();
}

std::uint8_t bits_of(const registry::Address& address) noexcept {
    return static_cast<std::uint8_t>(address.size * 8);
}

/// A client's own terms, and the zone's for what they do not say. Who need not come over TLS has
/// no certificate to show, unless one is its own term.
registry::TransferTerms completed(registry::TransferTerms own, const registry::TransferTerms& all) {
    if (!own.keys) own.keys = all.keys;
    if (own.certificates.empty() && own.is_tls.value_or(true)) own.certificates = all.certificates;
    own.is_tls = !own.certificates.empty() || own.is_tls.value_or(all.is_tls.value_or(false));
    return own;
}

}  // namespace

bool Policy::allows(const Client& client) const {
    return std::ranges::any_of(rules, [&](const Rule& rule) {
        if (!rule.network.contains(client.address)) return false;
        if (rule.wants_tls && !client.is_tls) return false;
        if (rule.wants_key && (client.key == nullptr || !has(rule.keys, client.key))) return false;
        return rule.certificates.empty() || has_one_of(rule.certificates, client.names);
    });
}

Policy policy_of(const registry::Transfer& transfer, const FindKeys& find_keys) {
    Policy policy;
    // A path whose file gives no key makes a rule that nobody fulfils.
    const auto add_rule = [&](const registry::Network& network, registry::TransferTerms terms) {
        terms = completed(std::move(terms), transfer.terms);
        const registry::KeyPath& path = terms.keys;
        Policy::Rule rule{network, *terms.is_tls, path.has_value(), {}, terms.certificates};
        if (path) rule.keys = find_keys(path->value);
        for (const auto& key : rule.keys) {
            if (!has(policy.keys, key)) policy.keys.push_back(key);
        }
        policy.rules.push_back(std::move(rule));
    };
    for (const auto& secondary : transfer.to) {
        add_rule({secondary.address, bits_of(secondary.address)}, secondary.terms);
        const auto& keys = policy.rules.back().keys;
        policy.to.push_back(
            {secondary.address, secondary.port, keys.empty() ? nullptr : keys.front()});
    }
    for (const auto& clients : transfer.allow) add_rule(clients.network, clients.terms);
    // A key or certificate without a word on addresses is enough by itself.
    const bool has_proof = transfer.terms.keys || !transfer.terms.certificates.empty();
    if (policy.rules.empty() && has_proof) {
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
