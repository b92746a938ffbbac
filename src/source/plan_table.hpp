// The table of the plan language: every key, what it may hold, and what it is for.
//
// It is data. The validator walks a file against it (plan_validate.hpp), "did you mean" picks
// from it, and the JSON Schema is printed from it (plan_schema.cpp); the builder afterwards reads
// only values that it has found in order.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace portolan::source::plan {

enum class Kind : std::uint8_t {
    // single values
    text,            // any text that is not empty
    path,            // of a file
    label,           // one label: letters, digits, hyphens
    host_reference,  // label or label.label
    flag,            // yes or no
    number,          // least to most
    instance_key,    // number, as the key of a mapping
    duration,
    wait,  // a duration, or milliseconds
    port_range,
    instances,
    address,
    network,
    prefix,      // a network or an address
    secondary,   // an address with a port or without
    domain,      // absolute, with or without its final dot
    nameserver,  // a label, or an absolute name with its final dot
    contact,
    owner,  // relative to the apex
    pattern,
    letters,  // a run of one letter, as in the pattern
    date,     // a day of the calendar
    word,     // one of `words`
    // made of others
    list,     // of `value`
    names,    // a mapping whose keys are `key` and whose values are `value`
    mapping,  // a mapping with the keys of `keys`
    any,      // one of `choices`, at most one of each form
};

struct Shape;

struct Key {
    std::string_view name;
    const Shape* shape = nullptr;
    std::string_view description;
    bool required = false;
    std::string_view otherwise{};  // what holds when it is left out, for people
};

struct Shape {
    Kind kind = Kind::text;
    std::string_view noun{};     // "a port", as in "expected a port, not a list"
    std::string_view example{};  // as written in YAML
    std::uint32_t least = 0;     // of a number
    std::uint32_t most = 0;
    std::vector<std::string_view> words{};
    const Shape* key = nullptr;           // of names
    const Shape* value = nullptr;         // of names and lists
    std::vector<Key> keys{};              // of a mapping
    std::vector<const Shape*> choices{};  // of any
};

bool is_scalar(Kind kind) noexcept;

/// The whole plan: a mapping.
const Shape& plan_shape();

}  // namespace portolan::source::plan
