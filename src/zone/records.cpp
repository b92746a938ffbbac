#include "portolan/zone/records.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace portolan::zone {

std::uint32_t FileLines::number(FileLine at) {
    const auto is_next = [&](const Run& run) {
        return run.first.file == at.file && run.first.line + (last_ - run.first_number) <= at.line;
    };
    if (runs_.empty())
        runs_.push_back({0, at});
    else if (!is_next(runs_.back()))
        runs_.push_back({last_ + 1, at});
    last_ = runs_.back().first_number + (at.line - runs_.back().first.line);
    return last_;
}

FileLine FileLines::at(std::uint32_t number) const {
    const auto behind = std::ranges::upper_bound(runs_, number, {}, &Run::first_number);
    const Run& run = *std::prev(behind);
    return {run.first.file, run.first.line + (number - run.first_number)};
}

void Records::add(dns::NameView owner, dns::RrsetPtr rrset, std::uint32_t line_number) {
    const bool is_last_owner =
        !sets_.empty() && std::ranges::equal(name_at(sets_.back().owner).octets(), owner.octets());
    const std::uint32_t at = is_last_owner ? sets_.back().owner : store(owner);
    sets_.push_back({std::move(rrset), at, line_number});
}

std::uint32_t Records::store(dns::NameView name) {
    const auto needed = static_cast<std::uint32_t>(name.size() + 1);
    if (needed > block_octets - used_) {
        if (blocks_.size() == std::size_t{1} << (32 - block_bits))
            throw std::length_error("the owners of a master file pass 4 GiB");
        blocks_.push_back(std::make_unique<std::uint8_t[]>(block_octets));
        used_ = 0;
    }
    std::uint8_t* at = blocks_.back().get() + used_;
    *at = static_cast<std::uint8_t>(name.size());
    std::memcpy(at + 1, name.octets().data(), name.size());
    const auto block = static_cast<std::uint32_t>(blocks_.size() - 1);
    const std::uint32_t place = (block << block_bits) | used_;
    used_ += needed;
    return place;
}

}  // namespace portolan::zone
