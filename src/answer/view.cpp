#include "portolan/answer/view.hpp"

#include <algorithm>

namespace portolan::answer {

View::View(std::vector<std::shared_ptr<const Table>> tables) : tables_(std::move(tables)) {
    std::ranges::sort(tables_, std::ranges::greater{},
                      [](const auto& table) { return table->apex().labels(); });
}

View::View(std::vector<std::shared_ptr<const Table>> tables, Words words)
    : View(std::move(tables)) {
    words_ = std::move(words);
}

const Vocabulary* View::words_of(const Table& table) const noexcept {
    for (const auto& [of, words] : words_) {
        if (of == &table) return words.get();
    }
    return nullptr;
}

const Table* View::zone_for(const dns::LowerName& name, bool above) const noexcept {
    for (const auto& table : tables_) {
        const dns::LowerName& apex = table->apex();
        if (!name.is_at_or_below(apex.octets(), apex.labels())) continue;
        if (above && name.labels() == apex.labels()) continue;
        return table.get();
    }
    return nullptr;
}

}  // namespace portolan::answer
