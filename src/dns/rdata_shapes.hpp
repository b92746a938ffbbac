// One row per RR type with a known shape: its fields in wire order and what they are called.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "portolan/dns/rdata.hpp"

namespace portolan::dns {

/// The row of a type in the table behind fields_of and field_names.
struct Shape {
    Type type{};
    std::string_view names;         // of the fields, with blanks between
    std::array<Field, 9> fields{};  // the first `count` of them
    std::size_t count = 0;
    bool compressible = false;  // names may arrive compressed (RFC 3597 4)

    [[nodiscard]] std::span<const Field> span() const noexcept { return {fields.data(), count}; }
};

/// The type's row, or null.
const Shape* shape_of(Type type) noexcept;

}  // namespace portolan::dns
