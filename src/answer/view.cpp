#include "portolan/answer/view.hpp"

#include <algorithm>

namespace portolan::answer {

View::View(std::vector<std::shared_ptr<const Table>> tables) : tables_(std::move(tables)) {
    std::ranges::sort(tables_, std::ranges::greater{},
                      [](const auto& table) { return table->apex().label_count(); });
}

const Table* View::zone_for(dns::NameView name, bool above) const noexcept {
    for (const auto& table : tables_) {
        if (!name.is_at_or_below(table->apex())) continue;
        if (above && name == table->apex()) continue;
        return table.get();
    }
    return nullptr;
}

}  // namespace portolan::answer
