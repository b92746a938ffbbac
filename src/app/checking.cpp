#include "portolan/app/checking.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <ctime>
#include <fstream>

#include "app/state_files.hpp"
#include "app/zone_text.hpp"

namespace portolan::app {
namespace {

using namespace std::chrono_literals;
using registry::Verdict;
using Clock = std::chrono::steady_clock;

constexpr auto longest_pause = 1s;  // between two steps
constexpr int share = 10;           // a step is followed by nine times as long without one
constexpr auto shortest_between_writes = 5s;
constexpr std::time_t stale_after = 3600;                     // seconds
constexpr std::size_t most_lines = 20;                        // in the log, of one step
constexpr std::string_view heading = "portolan verdicts 1 ";  // and the time, in seconds since 1970

std::chrono::milliseconds since(Clock::time_point begin) {
    return std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - begin);
}

std::string service_name(dns::NameView zone, const registry::CheckedEndpoint& one) {
    return fmt::format("{} {} {} {}", zone_text(zone), one.environment, one.service,
                       to_string(one.protocol));
}

registry::VerdictsChange nothing_known(const registry::CheckedEndpoint& one) {
    return {.environment = one.environment, .service = one.service, .protocol = one.protocol};
}

/// What was concluded of one holds for the other.
bool is_probed_alike(const registry::CheckedEndpoint& a, const registry::CheckedEndpoint& b) {
    return a.address == b.address && a.probe_port == b.probe_port &&
           (a.check == b.check || *a.check == *b.check);
}

}  // namespace

std::string Checking::Endpoint::key(const std::string& service) const {
    return fmt::format("{} {} {}", service, is.host, is.port);
}

Checking::Checking(boost::asio::io_context& io, Engine& engine, const health::Launcher& launcher,
                   health::ProberSettings settings, std::string state)
    : io_(io), engine_(engine), launcher_(launcher), settings_(settings), state_(std::move(state)),
      pause_(io), writing_(io) {}

Checking::~Checking() = default;

// --- from the plans to the prober ---------------------------------------------------------------

void Checking::look() {
    if (std::exchange(is_first_look_, false)) read();
    const Services before = std::exchange(services_, collect());  // seen_ points into it
    std::vector<health::Target> wanted;
    std::vector<std::string> unwanted;
    inherit(wanted, unwanted);
    if (!sharing_.is_ours) kept_.clear();
    prepare_preservation();
    apply();
    change(std::move(wanted), std::move(unwanted));
}

Checking::Services Checking::collect() const {
    Services services;
    for (const auto& registry : engine_.registries()) {
        const dns::NameView zone = registry.plan.zone.value;
        registry::for_each_checked_endpoint(registry, [&](const registry::CheckedEndpoint& one) {
            auto& service = services[service_name(zone, one)];
            if (service.endpoints.empty()) service.zone = zone;
            service.endpoints.push_back({one});
        });
    }
    return services;
}

/// Gives the endpoints of now what was concluded of them before the load, or by an earlier server.
/// The engine knows the former already, but not that some have lost their check.
void Checking::inherit(std::vector<health::Target>& wanted, std::vector<std::string>& unwanted) {
    const auto seen_before = std::exchange(seen_, {});
    for (auto& [name, service] : services_) {
        bool is_new = false;
        for (std::size_t i = 0; i < service.endpoints.size(); ++i) {
            Endpoint& endpoint = service.endpoints[i];
            std::string key = endpoint.key(name);
            const auto old = seen_before.find(key);
            if (old != seen_before.end()) {
                const auto& known = old->second.service->endpoints[old->second.position];
                if (is_probed_alike(known.is, endpoint.is)) {
                    endpoint.verdict = known.verdict;
                    endpoint.is_found_here = known.is_found_here;
                } else {
                    is_new |= known.verdict != Verdict::unknown;
                }
            } else if (const auto kept = kept_.find(key); kept != kept_.end()) {
                endpoint.verdict = kept->second;
                is_new = true;
            }
            wanted.push_back(target(key, endpoint));
            seen_.insert_or_assign(std::move(key), Seen{&service, &name, i});
        }
        if (is_new) changed_.try_emplace(name, nothing_known(service.endpoints.front().is));
    }
    for (const auto& [key, old] : seen_before) {
        if (seen_.contains(key)) continue;
        unwanted.push_back(key);
        changed_.try_emplace(*old.name, nothing_known(old.service->endpoints[old.position].is));
    }
}

/// Those of zones that are served no more go.
void Checking::prepare_preservation() {
    std::map<dns::PackedName, std::map<std::string, std::size_t>, dns::CanonicalOrder> checked;
    for (const auto& [name, service] : services_) {
        checked[service.zone][service.endpoints.front().is.environment] += service.endpoints.size();
    }
    decltype(preservations_) next;
    for (const auto& registry : engine_.registries()) {
        const dns::PackedName zone = registry.plan.zone.value;
        auto known = preservations_.extract(zone);
        auto& one = known.empty() ? next[zone] : next.insert(std::move(known)).position->second;
        one.set_checked(checked[zone], registry.plan.health.preserve);
    }
    preservations_ = std::move(next);
}

void Checking::change_others(std::vector<health::Target> wanted,
                             std::vector<std::string> unwanted) {
    for (const auto& key : unwanted) others_.erase(key);
    for (const auto& each : wanted) others_.insert_or_assign(each.key, each);
    change(std::move(wanted), std::move(unwanted));
}

health::Target Checking::target(const std::string& key, const Endpoint& endpoint) {
    return {key, endpoint.is.address, endpoint.is.probe_port, endpoint.is.check, endpoint.verdict};
}

bool Checking::is_ours(const std::string& key) const {
    return !sharing_.is_ours || sharing_.is_ours(key);
}

/// What is wanted and another's to probe is unwanted here.
void Checking::change(std::vector<health::Target> wanted, std::vector<std::string> unwanted) {
    if (sharing_.is_ours) {
        std::erase_if(wanted, [&](const health::Target& each) {
            const bool is_others = !is_ours(each.key);
            if (is_others) unwanted.push_back(each.key);
            return is_others;
        });
    }
    if (!prober_) {
        if (wanted.empty()) return;
        prober_.emplace(settings_, launcher_,
                        [this] { boost::asio::post(io_, [this] { wake(); }); });
    }
    prober_->change(std::move(wanted), std::move(unwanted));
}

// --- from the prober to the zones ---------------------------------------------------------------

void Checking::wake() {
    is_awake_ = true;
    if (prober_ && !is_pausing_) step();
}

void Checking::step() {
    is_awake_ = false;
    const auto begin = Clock::now();
    for (const auto& report : prober_->take()) take(report);
    apply();
    tell();
    is_pausing_ = true;
    pause_.expires_after(
        std::min<std::chrono::milliseconds>((share - 1) * since(begin), longest_pause));
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        is_pausing_ = false;
        if (is_awake_) step();
    });
}

void Checking::take(const health::Report& report) {
    const auto seen = seen_.find(report.key);
    if (seen == seen_.end()) {
        const bool is_of_a_plan = report.key.find(' ') != std::string::npos;  // and gone from it
        if (!is_of_a_plan && told_ && is_ours(report.key)) told_(report);
        return;
    }
    if (!is_ours(report.key)) return;  // it was when it was probed
    const auto& [service, name, position] = seen->second;
    Endpoint& endpoint = service->endpoints[position];
    endpoint.is_found_here = true;
    if (sharing_.say) sharing_.say(report.key, report.verdict);
    if (endpoint.verdict == report.verdict) return;
    note(*service, endpoint, report);
    endpoint.verdict = report.verdict;
    changed_.try_emplace(*name, nothing_known(endpoint.is));
}

/// All that passes when nothing was known of it needs no line.
void Checking::note(const Service& service, const Endpoint& endpoint,
                    const health::Report& report) {
    if (endpoint.verdict == Verdict::unknown && report.verdict == Verdict::passing) return;
    if (turns_) {
        const auto& what = endpoint.is;
        turns_({.zone = zone_text(service.zone),
                .environment = what.environment,
                .service = what.service,
                .protocol = what.protocol,
                .host = what.host,
                .port = what.port,
                .from = endpoint.verdict,
                .to = report.verdict,
                .why = report.text});
    }
    if (lines_.size() == most_lines) {
        ++untold_;
        return;
    }
    const auto& is = endpoint.is;
    lines_.push_back(fmt::format(
        "{} {}/{}: {}:{} is {}, was {}: {}", is.environment, is.service, to_string(is.protocol),
        is.host, is.port, to_string(report.verdict), to_string(endpoint.verdict), report.text));
}

/// One step for each zone. A change says all that is known of a service, as it replaces what was.
void Checking::apply() {
    if (changed_.empty()) return;
    std::map<dns::PackedName, std::vector<registry::VerdictsChange>, dns::CanonicalOrder> concluded;
    for (auto& [name, change] : changed_) {
        const auto service = services_.find(name);
        if (service == services_.end()) {  // has no checks any more, nor perhaps its zone
            const auto apex = dns::parse_name(name.substr(0, name.find(' ')));
            if (apex) concluded[*apex].push_back(std::move(change));
            continue;
        }
        for (const auto& each : service->second.endpoints) {
            if (each.verdict == Verdict::unknown) continue;
            change.verdicts.push_back({each.is.host, each.is.port, each.verdict});
        }
        concluded[service->second.zone].push_back(std::move(change));
    }
    changed_.clear();
    for (const auto& [zone, all] : concluded) {
        const auto preservation = preservations_.find(zone);
        if (preservation == preservations_.end()) continue;  // the zone is served no more
        auto said = preservation->second.step(all, Clock::now());
        tell_held(zone, preservation->second);
        const std::vector<registry::Change> changes(std::make_move_iterator(said.begin()),
                                                    std::make_move_iterator(said.end()));
        for (const auto& refused : engine_.apply(zone, changes)) {
            spdlog::debug("verdicts of zone {} are not taken: {}", zone_text(zone), refused.reason);
        }
    }
    engine_.published().reclaim();
    write_soon();
}

void Checking::tell() {
    for (const auto& line : lines_) spdlog::info("{}", line);
    if (untold_ > 0) spdlog::info("and {} other endpoints changed with them", untold_);
    lines_.clear();
    untold_ = 0;
}

/// Loud: what clients are told is not what was found.
void Checking::tell_held(dns::NameView zone, const registry::Preservation& preservation) {
    for (const auto& registry : engine_.registries()) {
        if (!(registry.plan.zone.value.view() == zone)) continue;
        for (const auto& environment : registry.plan.environments) {
            const std::string name = fmt::format("{} {}", zone_text(zone), environment.name);
            const std::size_t held = preservation.held(environment.name);
            if (held > 0 && held_.insert(name).second) {
                spdlog::warn(
                    "{}: {} endpoints seem to have died together, so the network is to blame: they "
                    "stay in the answers until enough are back (health: preserve)",
                    name, held);
            }
            if (held == 0 && held_.erase(name) > 0) {
                spdlog::warn("{}: checks are believed again", name);
            }
        }
    }
}

Checking::Counts Checking::counts() const {
    Counts counts;
    for (const auto& [name, service] : services_) {
        for (const auto& each : service.endpoints) {
            switch (each.verdict) {
                case Verdict::passing:
                    ++counts.passing;
                    break;
                case Verdict::warning:
                    ++counts.warning;
                    break;
                case Verdict::critical:
                    ++counts.critical;
                    break;
                default:
                    ++counts.unknown;
            }
        }
    }
    counts.preserved = held_.size();
    if (prober_) counts.probes = prober_->counts();
    return counts;
}

// --- with other nodes ---------------------------------------------------------------------------

void Checking::share_anew() {
    std::vector<health::Target> wanted;
    for (const auto& [key, seen] : seen_) {
        Endpoint& endpoint = seen.service->endpoints[seen.position];
        if (!is_ours(key)) endpoint.is_found_here = false;
        wanted.push_back(target(key, endpoint));
    }
    for (const auto& [key, each] : others_) wanted.push_back(each);
    change(std::move(wanted), {});
}

/// What our own probes have come to counts for more than what somebody says who does not know yet
/// that the target is ours.
void Checking::hear(const std::vector<std::pair<std::string, Verdict>>& said) {
    std::vector<health::Target> wanted;
    std::vector<std::string> unwanted;
    for (const auto& [key, verdict] : said) {
        kept_.insert_or_assign(key, verdict);
        const auto seen = seen_.find(key);
        if (seen == seen_.end()) continue;
        const auto& [service, name, position] = seen->second;
        Endpoint& endpoint = service->endpoints[position];
        if (endpoint.verdict == verdict) continue;
        if (endpoint.is_found_here) {
            sharing_.say(key, endpoint.verdict);
            continue;
        }
        note(*service, endpoint, {key, verdict, "as another node has found"});
        endpoint.verdict = verdict;
        changed_.try_emplace(*name, nothing_known(endpoint.is));
        if (!is_ours(key)) continue;
        wanted.push_back(target(key, endpoint));
        unwanted.push_back(key);
    }
    if (!wanted.empty()) change(std::move(wanted), std::move(unwanted));
    apply();
    tell();
}

// --- over restarts ------------------------------------------------------------------------------

/// A file that cannot be read costs nothing but a round of probes.
void Checking::read() {
    if (state_.empty() || sharing_.is_ours) return;  // others may know better by now
    std::ifstream file(state_ + "/verdicts");
    std::string line;
    if (!std::getline(file, line) || !line.starts_with(heading)) return;
    std::time_t written = 0;
    std::from_chars(line.data() + heading.size(), line.data() + line.size(), written);
    const auto age = std::time(nullptr) - written;
    if (age < -stale_after || age > stale_after) {
        spdlog::info("the verdicts in {}/verdicts are too old: all is probed anew", state_);
        return;
    }
    while (std::getline(file, line)) {
        const auto blank = line.rfind(' ');
        if (blank == std::string::npos) continue;
        if (const auto verdict = registry::parse_verdict(line.substr(blank + 1))) {
            kept_.emplace(line.substr(0, blank), *verdict);
        }
    }
}

void Checking::write() {
    is_to_be_written_ = false;
    std::string text = fmt::format("{}{}\n", heading, std::time(nullptr));
    for (const auto& [name, service] : services_) {
        for (const auto& each : service.endpoints) {
            if (each.verdict == Verdict::unknown) continue;
            text += fmt::format("{} {}\n", each.key(name), to_string(each.verdict));
        }
    }
    const auto begin = Clock::now();
    if (!replace_file(state_, state_ + "/verdicts", text)) {
        spdlog::warn("cannot write {}/verdicts: {}", state_, system_reason());
    }
    between_writes_ = 100 * since(begin);  // a slow disk, or a large file, is written less often
}

void Checking::write_soon() {
    if (state_.empty() || std::exchange(is_to_be_written_, true)) return;
    writing_.expires_after(
        std::max<std::chrono::milliseconds>(between_writes_, shortest_between_writes));
    writing_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) write();
    });
}

void Checking::stop() {
    prober_.reset();
    if (!state_.empty() && !services_.empty()) write();
}

}  // namespace portolan::app
