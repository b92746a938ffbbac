// Things that are found by their name.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace portolan::registry {

/// From a name to a position in a list that somebody else holds. Open addressing, four octets a
/// slot; nothing at all for a list of a few, which is searched faster than hashed.
class NameIndex {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    /// Takes in the next position of a list whose names `name_at(position)` tells.
    template <class NameAt>
    void add(std::uint32_t position, const NameAt& name_at) {
        if (position < few) return;
        if ((position + 1) * 2 > slots_.size()) {
            slots_.assign(slots_.empty() ? std::size_t{4} * few : slots_.size() * 2, none);
            for (std::uint32_t each = 0; each < position; ++each) enter(each, name_at(each));
        }
        enter(position, name_at(position));
    }

    /// The first position of that name among `size`; `none` without one.
    template <class NameAt>
    [[nodiscard]] std::uint32_t find(std::string_view name, std::uint32_t size,
                                     const NameAt& name_at) const noexcept {
        if (slots_.empty()) {
            for (std::uint32_t each = 0; each < size; ++each)
                if (name_at(each) == name) return each;
            return none;
        }
        for (auto slot = home(name); slots_[slot] != none; slot = after(slot))
            if (name_at(slots_[slot]) == name) return slots_[slot];
        return none;
    }

    void clear() noexcept { slots_.clear(); }

private:
    static constexpr std::uint32_t few = 8;

    [[nodiscard]] std::size_t home(std::string_view name) const noexcept {
        return std::hash<std::string_view>{}(name) & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t after(std::size_t slot) const noexcept {
        return (slot + 1) & (slots_.size() - 1);
    }
    void enter(std::uint32_t position, std::string_view name) {
        auto slot = home(name);
        while (slots_[slot] != none) slot = after(slot);
        slots_[slot] = position;
    }

    std::vector<std::uint32_t> slots_;  // a power of two, at most half of it taken
};

/// A list in the plan's order whose elements are found by name in constant time; of two with one
/// name the first. Elements are written before they are added, or by `edit`, which must leave the
/// name alone. Copies share what they hold until one of them is written to.
template <class T, auto Name>
class ByName {
public:
    using value_type = T;
    using const_iterator = typename std::vector<T>::const_iterator;

    ByName() = default;
    ByName(std::initializer_list<T> all) {
        for (const T& each : all) push_back(each);
    }

    void push_back(T one) {
        List& list = own();
        list.all.push_back(std::move(one));
        list.index.add(static_cast<std::uint32_t>(list.all.size() - 1), name_at(list));
    }
    void reserve(std::size_t size) { own().all.reserve(size); }
    void clear() noexcept { list_.reset(); }

    [[nodiscard]] const T* find(std::string_view name) const noexcept {
        const List& list = read();
        const auto size = static_cast<std::uint32_t>(list.all.size());
        const auto at = list.index.find(name, size, name_at(list));
        return at == NameIndex::none ? nullptr : &list.all[at];
    }
    /// Whether both are copies of one list that nobody has written to since.
    [[nodiscard]] bool is_shared_with(const ByName& other) const noexcept {
        return list_ == other.list_;
    }

    [[nodiscard]] T& edit(std::size_t position) { return own().all.at(position); }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return read().all[i]; }
    [[nodiscard]] const T& at(std::size_t position) const { return read().all.at(position); }
    [[nodiscard]] const T& front() const noexcept { return read().all.front(); }
    [[nodiscard]] const T& back() const noexcept { return read().all.back(); }
    [[nodiscard]] const_iterator begin() const noexcept { return read().all.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return read().all.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return read().all.size(); }
    [[nodiscard]] bool empty() const noexcept { return read().all.empty(); }

private:
    struct List {
        std::vector<T> all;
        NameIndex index;
    };

    [[nodiscard]] static auto name_at(const List& list) noexcept {
        return [&list](std::uint32_t position) -> std::string_view {
            return list.all[position].*Name;
        };
    }
    [[nodiscard]] const List& read() const noexcept {
        static const List nothing;
        return list_ == nullptr ? nothing : *list_;
    }
    [[nodiscard]] List& own() {
        if (list_ == nullptr) {
            list_ = std::make_shared<List>();
        } else if (list_.use_count() > 1) {
            list_ = std::make_shared<List>(*list_);
        }
        return *list_;
    }

    std::shared_ptr<List> list_;  // nullptr: nothing
};

}  // namespace portolan::registry
