// Things that are found by their name.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
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
/// name alone.
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
        all_.push_back(std::move(one));
        index_.add(static_cast<std::uint32_t>(all_.size() - 1), name_at());
    }
    void reserve(std::size_t size) { all_.reserve(size); }
    void clear() noexcept {
        all_.clear();
        index_.clear();
    }

    [[nodiscard]] const T* find(std::string_view name) const noexcept {
        const auto at = index_.find(name, static_cast<std::uint32_t>(all_.size()), name_at());
        return at == NameIndex::none ? nullptr : &all_[at];
    }

    [[nodiscard]] T& edit(std::size_t position) { return all_.at(position); }
    [[nodiscard]] const T& operator[](std::size_t position) const { return all_[position]; }
    [[nodiscard]] const T& at(std::size_t position) const { return all_.at(position); }
    [[nodiscard]] const T& front() const { return all_.front(); }
    [[nodiscard]] const T& back() const { return all_.back(); }
    [[nodiscard]] const_iterator begin() const noexcept { return all_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return all_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

private:
    [[nodiscard]] auto name_at() const noexcept {
        return [this](std::uint32_t position) -> std::string_view { return all_[position].*Name; };
    }

    std::vector<T> all_;
    NameIndex index_;
};

}  // namespace portolan::registry
