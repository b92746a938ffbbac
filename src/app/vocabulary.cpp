#include "app/vocabulary.hpp"

namespace portolan::app {
namespace {

template <class Named>
void take_names(std::vector<std::string>& words, const Named& all) {
    for (const auto& each : all) words.push_back(each.name);
}

}  // namespace

std::shared_ptr<const answer::Vocabulary> vocabulary_of(const registry::Plan& plan) {
    if (plan.is_master_file_only()) return nullptr;
    answer::Vocabulary::Words words;
    take_names(words.environments, plan.environments);
    if (plan.convention) {
        take_names(words.applications, plan.convention->applications);
        take_names(words.types, plan.convention->types);
    }
    for (const auto& service : plan.services) {
        words.services.push_back(service.name);
        for (const auto& port : service.ports) {
            if (!port.name.empty()) words.services.push_back(service.name + "-" + port.name);
        }
    }
    return std::make_shared<answer::Vocabulary>(std::move(words));
}

}  // namespace portolan::app
