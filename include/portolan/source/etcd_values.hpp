// What is said to etcd and what it says, as values; etcd_json.hpp has their form on the wire.
//
// A revision numbers the writes of the whole of etcd, one a transaction. A key knows the revision
// at which it was created and the one at which it was last written; 0 stands for a key that is not
// there.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace portolan::source {

struct EtcdError {
    enum class Kind : std::uint8_t {
        unreachable,  // it was not said to any etcd, or none could decide: nothing has happened
        unknown,      // said, and no answer came: it may have happened, or happen yet
        refused,      // etcd said no: nothing has happened, and saying it again does not help
    };
    Kind kind = Kind::unreachable;
    std::string text;  // which etcd, and what it said
};

template <class T>
using OrEtcdError = boost::system::result<T, EtcdError>;

namespace etcd {

struct KeyValue {
    std::string key;
    std::string value;  // any octets
    std::uint64_t create_revision = 0;
    std::uint64_t mod_revision = 0;
    std::uint64_t lease = 0;  // 0: it stays
    friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

/// Holds when the key's revision is that one.
struct Compare {
    enum class What : std::uint8_t { created, modified };
    std::string key;
    What what = What::modified;
    std::uint64_t revision = 0;  // 0: the key is not there
};

struct Put {
    std::string key;
    std::string value;
    std::uint64_t lease = 0;
};
struct Delete {
    std::string key;
    bool is_prefix = false;  // all keys that begin so
};
struct Get {
    std::string key;
    bool is_prefix = false;
};
using Operation = std::variant<Put, Delete, Get>;

/// All of `then` under one revision if every comparison holds, else all of `otherwise`. etcd takes
/// at most `most_operations` on either side, no key put twice, and 1.5 MiB.
struct Txn {
    std::vector<Compare> when;
    std::vector<Operation> then;
    std::vector<Operation> otherwise;
};
inline constexpr std::size_t most_operations = 128;

struct Committed {
    bool is_done = false;         // the comparisons held
    std::uint64_t revision = 0;   // etcd's, after this
    std::vector<KeyValue> found;  // by the Gets of the side that was taken, in their order
};

/// What there is, all as of one revision.
struct State {
    std::uint64_t revision = 0;
    std::vector<KeyValue> keys;  // in the order of their octets
};

struct Event {
    bool is_deleted = false;
    KeyValue now;  // deleted: its key and the mod_revision of the deletion alone
    friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace etcd
}  // namespace portolan::source
