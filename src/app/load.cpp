#include "portolan/app/load.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>

#include "app/in_order.hpp"
#include "portolan/registry/findings.hpp"
#include "portolan/sign/presigned.hpp"
#include "portolan/source/key_file.hpp"
#include "portolan/source/master_file.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::app {
namespace {

bool any_error(const registry::Findings& findings) noexcept {
    return std::ranges::any_of(findings, [](const registry::Finding& finding) {
        return finding.severity == registry::Severity::error;
    });
}

void append(registry::Findings& to, registry::Findings&& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// Reads the plan's master file; what it finds is added to `loaded` and `files`.
void read_records(LoadedPlan& loaded, std::vector<std::string>& files) {
    source::MasterFile master = source::read_records(*loaded.plan, source::open_file);
    append(loaded.findings, std::move(master.findings));
    files.insert(files.end(), master.files.begin(), master.files.end());
    loaded.extra = std::move(master.records);
}

/// Reads the key files that the plan names, each once.
void read_keys(LoadedPlan& loaded, std::vector<std::string>& files) {
    const auto read = [&](const registry::KeyPath& path) {
        if (!path || loaded.keys.contains(path->value)) return;
        source::KeyFile file = source::read_key_file(path->value);
        append(loaded.findings, std::move(file.findings));
        files.push_back(path->value);
        loaded.keys.emplace(path->value, std::move(file.keys));
    };
    for (const auto& clients : loaded.plan->updates) read(clients.keys);
    const auto& transfer = loaded.plan->transfer;
    if (!transfer) return;
    read(transfer->terms.keys);
    for (const auto& secondary : transfer->to) read(secondary.terms.keys);
    for (const auto& clients : transfer->allow) read(clients.terms.keys);
}

/// Runs work on a few threads and tells how much of it is done.
zone::Run telling(const source::Tell& tell, const std::string& doing) {
    return [&tell, doing](std::size_t count, const std::function<void(std::size_t)>& work) {
        const auto tell_parts = source::about(tell, doing);
        std::atomic<std::size_t> done = 0;
        run_at_once(count, [&](std::size_t i) {
            work(i);
            tell_parts(++done, count);
        });
    };
}

/// In UTC, wherever the server stands.
std::chrono::year_month_day today() {
    return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

LoadedPlan load_plan(const std::string& path, source::PlanMemory& memory, const source::Tell& tell,
                     std::vector<std::string>& files) {
    LoadedPlan loaded;
    source::PlanFile file = source::read_plan(path, source::read_whole_file, memory, tell);
    files.insert(files.end(), file.files.begin(), file.files.end());
    loaded.findings = std::move(file.findings);
    loaded.plan = std::move(file.plan);
    if (!loaded.plan) return loaded;
    read_records(loaded, files);
    read_keys(loaded, files);
    source::about(tell, "checking the ports of " + path);
    append(loaded.findings, registry::check_ports(*loaded.plan));
    append(loaded.findings, registry::check_dates(*loaded.plan, today()));
    append(loaded.findings, zone::check_names(*loaded.plan, loaded.extra,
                                              telling(tell, "checking the names of " + path)));
    append(loaded.findings, zone::check_signing(*loaded.plan, loaded.extra));
    if (!loaded.plan->dnssec) {
        const auto now = static_cast<std::uint32_t>(std::time(nullptr));
        append(loaded.findings, sign::check_presigned(loaded.extra, loaded.plan->zone.value, now));
    }
    return loaded;
}

}  // namespace

bool LoadedPlan::has_errors() const noexcept { return !plan || any_error(findings); }

bool LoadedPlans::has_errors() const noexcept {
    return any_error(findings) || std::ranges::any_of(plans, &LoadedPlan::has_errors);
}

registry::Findings LoadedPlans::all_findings() const {
    registry::Findings all;
    for (const auto& loaded : plans)
        all.insert(all.end(), loaded.findings.begin(), loaded.findings.end());
    all.insert(all.end(), findings.begin(), findings.end());
    return all;
}

LoadedPlans load_plans(const std::vector<std::string>& files_or_folders) {
    source::PlanMemory memory;
    return load_plans(files_or_folders, memory);
}

LoadedPlans load_plans(const std::vector<std::string>& files_or_folders, source::PlanMemory& memory,
                       const source::Tell& tell) {
    LoadedPlans loaded;
    source::PlanPaths found = source::find_plans(files_or_folders);
    loaded.findings = std::move(found.findings);
    for (const auto& path : found.paths)
        loaded.plans.push_back(load_plan(path, memory, tell, loaded.files));
    std::vector<const registry::Plan*> plans;
    for (const auto& each : loaded.plans) {
        if (each.plan) plans.push_back(&*each.plan);
    }
    append(loaded.findings, registry::check_together(plans));
    return loaded;
}

}  // namespace portolan::app
