#include "portolan/zone/records.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace portolan::zone {

std::uint32_t FileLines::number(const std::string& file, std::uint32_t line) {
    const bool goes_on = !runs_.empty() && files_[runs_.back().file] == file &&
                         line >= runs_.back().first_line + (last_ - runs_.back().first_number);
    if (!goes_on) {
        const auto known = std::ranges::find(files_, file);
        const auto index = static_cast<std::uint32_t>(known - files_.begin());
        if (known == files_.end()) files_.push_back(file);
        runs_.push_back({runs_.empty() ? 0 : last_ + 1, index, line});
    }
    last_ = runs_.back().first_number + (line - runs_.back().first_line);
    return last_;
}

FileLine FileLines::at(std::uint32_t number) const {
    const auto behind = std::ranges::upper_bound(runs_, number, {}, &Run::first_number);
    const Run& run = *std::prev(behind);
    return {files_[run.file], run.first_line + (number - run.first_number)};
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
