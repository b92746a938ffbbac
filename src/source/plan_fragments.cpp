#include "source/plan_fragments.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "source/plan_environment.hpp"
#include "source/plan_places.hpp"

namespace portolan::source::plan {
namespace {

using registry::Environment;
/// What is known of the text from the last reading; nullptr when nothing is.
EnvironmentPtr known(const PlanMemory::File* before, const Fragment& fragment, std::uint32_t file) {
    if (before == nullptr) return nullptr;
    const auto found = before->environments.find(fragment.text);
    if (found == before->environments.end()) return nullptr;
    const registry::Place& place = found->second->place;
    if (place == registry::Place{file, fragment.line, fragment.column}) return found->second;
    return std::make_shared<const Environment>(moved(*found->second, file, fragment.line));
}

/// The last reading's environments by the first of their lines, which has the name.
class ByFirstLine {
public:
    explicit ByFirstLine(const PlanMemory::File* before) {
        if (before == nullptr) return;
        for (const auto& [text, environment] : before->environments)
            all_.insert_or_assign(first_line(text), LastReading{text, environment.get()});
    }
    /// nullptr when there was none.
    [[nodiscard]] const LastReading* find(const Fragment& fragment) const {
        const auto found = all_.find(first_line(fragment.text));
        return found == all_.end() ? nullptr : &found->second;
    }

private:
    static std::string_view first_line(std::string_view text) {
        return text.substr(0, text.find('\n'));
    }
    std::unordered_map<std::string_view, LastReading> all_;
};

/// Calls `work(i)` for all i below `count`, on as many threads as pay.
template <class Work>
void in_parallel(std::size_t count, std::size_t threads, Work work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++) work(i);
    };
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(run);
    run();
}

std::size_t threads_for(std::size_t octets) {
    constexpr std::size_t octets_worth_a_thread = std::size_t{128} << 10;
    return std::clamp<std::size_t>(octets / octets_worth_a_thread, 1,
                                   std::max(std::thread::hardware_concurrency(), 1U));
}

}  // namespace

Node* parse_frame(std::shared_ptr<const std::string> text, Block environments, std::uint32_t file,
                  Arena& arena, Report& report, Pieces& pieces) {
    const Document frame = parse_yaml(arena, without(*text, {environments.text}), file, report);
    const Node* value = nullptr;
    if (frame.root != nullptr && !frame.has_anchors && is_block_mapping(*frame.root)) {
        const registry::Place place{file, environments.line, environments.column};
        for (const Node::Entry& entry : frame.root->entries) {
            if (entry.key->place == place && entry.value->form == Node::Form::null)
                value = entry.value;
        }
    }
    if (value == nullptr || !pieces.empty()) {
        pieces.refuted = true;
    } else {
        pieces.text = std::move(text);
        pieces.file = file;
        pieces.fragments = std::move(environments.fragments);
        pieces.environments = value;
    }
    return frame.root;
}

std::optional<registry::Environments> read_pieces(
    const Pieces& pieces, const Report& report, const PlanMemory::File* before,
    const std::function<void(std::size_t done, std::size_t total)>& tell_parts) {
    std::vector<EnvironmentPtr> read(pieces.fragments.size());
    std::vector<std::size_t> unknown;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < read.size(); ++i) {
        read[i] = known(before, pieces.fragments[i], pieces.file);
        if (read[i] != nullptr) continue;
        unknown.push_back(i);
        octets += pieces.fragments[i].text.size();
    }
    const ByFirstLine last_readings(unknown.empty() ? nullptr : before);
    std::atomic<std::size_t> done = 0;
    in_parallel(unknown.size(), threads_for(octets), [&](std::size_t i) {
        const Fragment& fragment = pieces.fragments[unknown[i]];
        EnvironmentPtr& environment = read[unknown[i]];
        if (const auto* last = last_readings.find(fragment))
            environment = read_changes(fragment, pieces.file, report, *last);
        if (environment == nullptr) environment = read_environment(fragment, pieces.file, report);
        tell_parts(++done, unknown.size());
    });
    registry::Environments environments;
    for (EnvironmentPtr& each : read) {
        if (each == nullptr || environments.find(each->name) != nullptr) return {};
        environments.push_back(std::move(each));
    }
    return environments;
}

PlanMemory::File remembered(const Pieces& pieces, const registry::Environments& environments) {
    PlanMemory::File file{pieces.text, {}};
    file.environments.reserve(pieces.fragments.size());
    for (std::size_t i = 0; i < pieces.fragments.size(); ++i)
        file.environments.emplace(pieces.fragments[i].text, environments.shared(i));
    return file;
}

}  // namespace portolan::source::plan
