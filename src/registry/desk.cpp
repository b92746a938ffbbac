#include "portolan/registry/desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "portolan/registry/suggest.hpp"
#include "registry/explain_json.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

/// What comes of one question, plan by plan.
class Answer {
public:
    Answer(const Desk& desk, const Question& question) : desk_(desk), told_(desk) {
        out_["question"] = question.text;
        if (question.port) out_["port"] = *question.port;
    }

    void explain_port(const Registry& registry, unsigned port, std::optional<Protocol> protocol,
                      const Where& where) {
        out_["port"] = port;
        add(explain(registry, port, protocol, where));
    }

    void explain_meaning(const Registry& registry, const Meaning& meaning) {
        if (meaning.kind == Meaning::Kind::port)
            return explain_port(registry, meaning.number, meaning.protocol, {meaning.environment});
        add(explain(registry, meaning));
    }

    void note(std::string sentence) { out_["note"] = std::move(sentence); }

    [[nodiscard]] bool is_empty() const noexcept { return plans_.empty(); }

    json::object result() {
        out_["assigned"] = std::ranges::any_of(
            plans_, [](const json::value& each) { return each.at("assigned").as_bool(); });
        out_["plans"] = std::move(plans_);
        if (desk_.catalog != nullptr) out_["registrations"] = told_.json();
        return std::move(out_);
    }

private:
    template <class Explained>
    void add(const Explained& explanation) {
        told_.add(explanation);
        plans_.push_back(to_json(desk_, explanation));
    }

    const Desk& desk_;
    RegistrationsTold told_;
    json::object out_;
    json::array plans_;
};

Refusal unknown(const Desk& desk, const std::string& name, const char* what) {
    std::vector<std::string_view> names;
    for (const auto& each : desk.registries)
        for (const auto known : known_names(each.plan)) names.push_back(known);
    return {Refusal::Kind::unknown,
            fmt::format("{} \"{}\". {}", what, name, did_you_mean(name, names))};
}

OrRefusal<json::object> answer_port(const Desk& desk, const Question& question) {
    Answer answer(desk, question);
    for (const auto& each : desk.registries)
        answer.explain_port(each, *question.port, question.protocol, {});
    return answer.result();
}

OrRefusal<json::object> answer_port_at(const Desk& desk, const Question& question) {
    Answer answer(desk, question);
    for (const auto& each : desk.registries)
        if (auto hosts = hosts_called(each, question.name); !hosts.empty())
            answer.explain_port(each, *question.port, question.protocol,
                                {nullptr, std::move(hosts)});
    if (!answer.is_empty()) return answer.result();
    if (!parse_address(question.name)) return unknown(desk, question.name, "there is no host");
    for (const auto& each : desk.registries)
        answer.explain_port(each, *question.port, question.protocol, {});
    answer.note(fmt::format("No host has the address {}.", question.name));
    return answer.result();
}

OrRefusal<json::object> answer_name(const Desk& desk, const Question& question) {
    Answer answer(desk, question);
    for (const auto& each : desk.registries)
        for (const auto& meaning : meanings(each, question.name))
            answer.explain_meaning(each, meaning);
    if (answer.is_empty()) return unknown(desk, question.name, "nothing is called");
    return answer.result();
}

}  // namespace

OrRefusal<json::object> answer(const Desk& desk, const Question& question) {
    if (!question.port) return answer_name(desk, question);
    return question.name.empty() ? answer_port(desk, question) : answer_port_at(desk, question);
}

}  // namespace portolan::registry
