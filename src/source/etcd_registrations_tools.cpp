// What `portolan store` does with registrations in etcd.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string_view>

#include "portolan/registry/registration_json.hpp"
#include "portolan/source/etcd_registrations.hpp"
#include "source/etcd_registration_keys.hpp"

namespace portolan::source {
namespace {

constexpr std::size_t lot = 50;  // registrations a transaction, each of two keys

/// Asks one thing, and waits for the answer.
template <class T, class Ask>
T answer(const EtcdSettings& settings, const Ask& ask) {
    boost::asio::io_context io;
    Etcd etcd(io, settings);
    std::optional<OrEtcdError<T>> said;
    ask(etcd, [&](OrEtcdError<T> result) {
        said = std::move(result);
        io.stop();
    });
    io.run();
    if (!said || !*said) throw StoreError(said ? said->error().text : "etcd said nothing");
    return **std::move(said);
}

etcd::State read_all(const EtcdSettings& settings) {
    return answer<etcd::State>(
        settings, [](Etcd& etcd, auto done) { etcd.read(registrations_folder, std::move(done)); });
}

bool is_endpoint(const etcd::KeyValue& one) { return one.key.starts_with(by_endpoint_folder); }

const etcd::KeyValue* find(const etcd::State& state, const std::string& key) {
    const auto there = std::ranges::lower_bound(state.keys, key, {}, &etcd::KeyValue::key);
    return there == state.keys.end() || there->key != key ? nullptr : &*there;
}

std::string fault_of_endpoint(const etcd::State& state, const etcd::KeyValue& said) {
    const auto* holder = find(state, "registrations/by-id/" + said.value);
    const auto one = holder == nullptr
                         ? registry::OrRefusal<registry::Registered>(registry::Refusal{})
                         : registry::kept_from(holder->value);
    const bool is_so = one && by_endpoint(one->registration) == said.key;
    return is_so ? "" : fmt::format("{}: {} does not hold it", said.key, said.value);
}

std::string fault_of_registration(const etcd::State& state, const etcd::KeyValue& said) {
    const auto one = registry::kept_from(said.value);
    if (!one) return fmt::format("{}: {}", said.key, one.error().reason);
    if (by_id(one->registration.key()) != said.key)
        return said.key + " is the key of another registration";
    const auto* held = find(state, by_endpoint(one->registration));
    if (held == nullptr || held->value != text_of(one->registration.key()))
        return said.key + " does not hold its endpoint";
    return "";
}

}  // namespace

std::vector<std::string> check_store(const EtcdSettings& settings) {
    const auto state = read_all(settings);
    std::vector<std::string> faults;
    for (const auto& each : state.keys) {
        auto fault =
            is_endpoint(each) ? fault_of_endpoint(state, each) : fault_of_registration(state, each);
        if (!fault.empty()) faults.push_back(std::move(fault));
    }
    return faults;
}

std::vector<std::string> export_store(const EtcdSettings& settings) {
    std::vector<std::string> lines;
    for (auto& each : read_all(settings).keys)
        if (!is_endpoint(each)) lines.push_back(std::move(each.value));
    return lines;
}

std::size_t import_store(const EtcdSettings& settings, const std::vector<std::string>& lines) {
    const auto all = read_lines(lines);
    for (std::size_t from = 0; from < all.size(); from += lot) {
        etcd::Txn txn;
        const auto put = [&txn](std::string key, std::string value) {
            txn.when.push_back({key, etcd::Compare::What::created, 0});
            txn.then.emplace_back(etcd::Put{std::move(key), std::move(value)});
        };
        const auto end = std::min(from + lot, all.size());
        for (std::size_t i = from; i < end; ++i) {
            const auto& one = all[i].registration;
            put(by_id(one.key()), kept_text(all[i]));
            put(by_endpoint(one), text_of(one.key()));
        }
        const auto committed = answer<etcd::Committed>(
            settings, [&txn](Etcd& etcd, auto done) { etcd.txn(std::move(txn), std::move(done)); });
        if (!committed.is_done) {
            throw StoreError(fmt::format(
                "lines {} to {}: something is registered there already; the lines before are in",
                from + 1, end));
        }
    }
    return all.size();
}

}  // namespace portolan::source
