#include <algorithm>

#include "source/plan_build.hpp"
#include "source/plan_parts.hpp"

namespace portolan::source::plan {
namespace {

registry::KeyPath keys_of(const Node& mapping, const Report& report) {
    const Node* key = valid_value(mapping, "key");
    const Node* file = key == nullptr ? nullptr : valid_value(*key, "file");
    if (file == nullptr) return {};
    return registry::Placed<std::string>{beside(report.files().at(file->place.file), file->text),
                                         file->place};
}

/// A domain name as certificates are looked through for it.
std::string certificate_name(const Node& domain) {
    std::string name = domain.text;
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (name.ends_with('.')) name.pop_back();
    return name;
}

registry::TransferTerms terms_of(const Node& mapping, const Report& report) {
    registry::TransferTerms terms{.keys = keys_of(mapping, report), .is_tls = {}};
    if (const Node* over = valid_value(mapping, "over")) terms.is_tls = over->text == "tls";
    if (const Node* node = valid_value(mapping, "certificate")) {
        if (node->form == Node::Form::scalar) terms.certificates = {certificate_name(*node)};
        for_each_valid(*node, [&](const Node&, const Node& each) {
            terms.certificates.push_back(certificate_name(each));
        });
    }
    return terms;
}

/// The value itself, or that of a key of the mapping; nullptr when it is not in order.
const Node* value_or_member(const Node& node, std::string_view key) {
    return node.form == Node::Form::scalar ? &node : valid_value(node, key);
}

}  // namespace

registry::Transfer transfer_of(const Node& node, const Report& report) {
    registry::Transfer transfer;
    transfer.terms = terms_of(node, report);
    if (const Node* to = valid_value(node, "to")) {
        for_each_valid(*to, [&](const Node&, const Node& each) {
            const Node* address = value_or_member(each, "address");
            if (address == nullptr) return;
            registry::Secondary secondary = *read_secondary(address->text);
            secondary.terms = terms_of(each, report);
            secondary.place = each.place;
            transfer.to.push_back(std::move(secondary));
        });
    }
    if (const Node* allow = valid_value(node, "allow")) {
        for_each_valid(*allow, [&](const Node&, const Node& each) {
            const Node* network = value_or_member(each, "network");
            if (network == nullptr) return;
            transfer.allow.push_back(
                {*read_prefix(network->text), terms_of(each, report), each.place});
        });
    }
    return transfer;
}

std::vector<registry::UpdateClients> updates_of(const Node& node, const Report& report) {
    std::vector<registry::UpdateClients> updates;
    for_each_valid(node, [&](const Node&, const Node& each) {
        const auto keys = keys_of(each, report);
        if (!keys) return;
        updates.push_back(
            {*keys, labels_of(each, "services"), labels_of(each, "environments"), each.place});
    });
    return updates;
}

}  // namespace portolan::source::plan
