#include "portolan/registry/search.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <map>
#include <set>

#include "portolan/registry/about.hpp"
#include "portolan/registry/meaning.hpp"
#include "portolan/registry/port_map.hpp"
#include "portolan/registry/suggest.hpp"
#include "registry/endpoint_text.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

constexpr std::size_t most_words = 8;
constexpr std::size_t most_told = 50;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether the text holds the word, which is in lower case.
bool holds(std::string_view text, std::string_view word) {
    return !std::ranges::search(text, word, {}, lower).empty();
}

/// Something that may be found.
struct Thing {
    const Plan* plan;
    const char* kind;
    std::string_view name;
    std::string_view environment;  // "" when it is in all
    const About* about;
    const Place* place;
    std::string_view other{};  // what else it is found by: an alias, an application's name
};

/// How well a thing has the words, the least best; nullopt when it lacks one.
std::optional<unsigned> rank(const Thing& thing, const std::vector<std::string>& words,
                             std::string_view ports) {
    unsigned worst = 0;
    for (const auto& word : words) {
        const bool is_about = thing.about != nullptr && (holds(thing.about->owner, word) ||
                                                         holds(thing.about->description, word));
        if (thing.name == word) continue;
        if (thing.name.starts_with(word)) {
            worst = std::max(worst, 1U);
        } else if (holds(thing.name, word)) {
            worst = std::max(worst, 2U);
        } else if (is_about || holds(thing.environment, word) || holds(thing.other, word) ||
                   holds(ports, word)) {
            worst = std::max(worst, 3U);
        } else {
            return std::nullopt;
        }
    }
    return worst;
}

class Search {
public:
    Search(const Desk& desk, const std::vector<std::string>& words) : desk_(desk), words_(words) {
        out_["words"] = json::array(words.begin(), words.end());
    }

    json::object result() {
        for (const auto& each : desk_.registries) plan(each.plan);
        json::array told;
        std::size_t all = 0;
        for (const auto& rank : found_) {
            all += rank.size();
            for (const auto& each : rank)
                if (told.size() < most_told) told.push_back(shown(each));
        }
        out_["more"] = all - told.size();
        out_["near"] = near();
        out_["found"] = std::move(told);
        return std::move(out_);
    }

private:
    struct Found {
        Thing thing;
        std::string name;  // where the thing's own is not kept
        std::string ports;
    };

    /// True when it has the words.
    bool consider(const Thing& thing, const std::vector<unsigned>& ports) {
        std::string numbers;
        for (const auto port : ports) numbers += std::to_string(port) + " ";
        return consider(thing, numbers, compact_ranges(ports), "");
    }
    /// An application or a type: of its many numbers each is found as a service's.
    bool consider_part(const Thing& thing, const std::vector<unsigned>& ports) {
        return consider(thing, "", compact_ranges(ports), "");
    }
    bool consider(Thing thing, std::string_view numbers, std::string ports, std::string name) {
        if (!name.empty()) thing.name = name;
        const auto how = rank(thing, words_, numbers);
        if (how) found_[*how].push_back({thing, std::move(name), std::move(ports)});
        return how.has_value();
    }

    void plan(const Plan& plan) {
        if (plan.convention) convention(plan, *plan.convention);
        const auto uses = named_uses(plan);
        for (const auto& service : plan.services) {
            std::vector<unsigned> ports;
            for (const auto& use : uses)
                if (use.service == &service) ports.push_back(use.number);
            consider(
                {&plan, "service", service.name, "", &service.about, &service.place, service.type},
                ports);
        }
        for (const auto& each : plan.ranges) {
            auto text = std::to_string(each.ports.first) + "-" + std::to_string(each.ports.last);
            const Thing thing{&plan, "range", each.name, "", &each.about, &each.place};
            consider(thing, text, text, "");
        }
        for (const auto& each : plan.environments) environment(plan, each);
    }

    void convention(const Plan& plan, const Convention& convention) {
        std::map<std::pair<const Application*, const PortType*>, std::vector<unsigned>> joins;
        std::map<const void*, std::vector<unsigned>> ports;
        for (const auto& claim : claims(convention)) {
            joins[{claim.application, claim.type}].push_back(claim.port);
            ports[claim.application].push_back(claim.port);
            ports[claim.type].push_back(claim.port);
        }
        std::set<const void*> whole;  // those whose services need not be told one by one
        const auto part = [&](const char* kind, const auto& each) {
            if (consider_part({&plan, kind, each.name, "", &each.about, &each.place}, ports[&each]))
                whole.insert(&each);
        };
        for (const auto& each : convention.applications) part("application", each);
        for (const auto& each : convention.types) part("type", each);
        // In the plan's order, as the claims came in it, and not by where they stand in memory.
        for (const auto& application : convention.applications)
            for (const auto& type : convention.types) {
                const auto found = joins.find({&application, &type});
                if (found == joins.end() || whole.contains(&application) || whole.contains(&type))
                    continue;
                std::string numbers;
                for (const auto port : found->second) numbers += std::to_string(port) + " ";
                consider({&plan, "service", "", "", &application.about, &application.place,
                          type.about.description},
                         numbers, compact_ranges(found->second),
                         application.name + "-" + type.name);
            }
    }

    void environment(const Plan& plan, const Environment& environment) {
        consider(
            {&plan, "environment", environment.name, "", &environment.about, &environment.place,
             environment.aliases.empty() ? "" : environment.aliases.front().value},
            std::vector<unsigned>{});
        for (const auto& each : environment.hosts)
            consider({&plan, "host", each.name, environment.name, each.about.get(), &each.place},
                     std::vector<unsigned>{});
    }

    [[nodiscard]] static json::object shown(const Found& found) {
        const auto& thing = found.thing;
        json::object out{{"zone", plain_text(thing.plan->zone.value.view())},
                         {"kind", thing.kind},
                         {"name", found.name.empty() ? thing.name : std::string_view(found.name)}};
        if (!thing.environment.empty()) out["environment"] = thing.environment;
        if (!found.ports.empty()) out["ports"] = found.ports;
        if (thing.about != nullptr) {
            if (!thing.about->owner.empty()) out["owner"] = thing.about->owner;
            if (!thing.about->description.empty()) out["description"] = thing.about->description;
            if (thing.about->until) out["until"] = date_text(*thing.about->until);
        }
        out["place"] = thing.plan->text(*thing.place);
        return out;
    }

    [[nodiscard]] json::array near() const {
        json::array names;
        if (std::ranges::any_of(found_, [](const auto& rank) { return !rank.empty(); }))
            return names;
        std::vector<std::string_view> known;
        for (const auto& each : desk_.registries)
            for (const auto name : known_names(each.plan)) known.push_back(name);
        for (const auto& word : words_)
            if (const auto name = closest(word, known)) names.emplace_back(*name);
        return names;
    }

    const Desk& desk_;
    const std::vector<std::string>& words_;
    std::array<std::vector<Found>, 4> found_;  // by rank
    json::object out_;
};

}  // namespace

OrRefusal<std::vector<std::string>> read_words(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c != ' ' && c != '\t') {
            words.back() += lower(c);
        } else if (!words.back().empty()) {
            words.emplace_back();
        }
    }
    if (words.back().empty()) words.pop_back();
    if (words.empty())
        return Refusal{Refusal::Kind::malformed, "nothing to look for: write some words"};
    if (words.size() > most_words)
        return Refusal{Refusal::Kind::malformed, "at most eight words can be looked for"};
    return words;
}

json::object search(const Desk& desk, const std::vector<std::string>& words) {
    return Search(desk, words).result();
}

}  // namespace portolan::registry
