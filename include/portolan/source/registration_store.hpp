// Registrations on disk: STATE/registrations.db, an SQLite database that sqlite3 can read.
//
//     the registrar ──Write──▶ queue ──▶ the store's thread: one transaction for all that waits
//                                                    │ fdatasync, by COMMIT
//     the registrar ◀──Done, in order──── posted ◀───┘
//
// A Done without an error means that the write is on the disk: the database is in WAL mode with
// synchronous=FULL, so that a commit ends with the log's fdatasync, and a process or a machine that
// dies at any instant leaves all of what was acknowledged. What arrives while one transaction is
// written goes together into the next; that is what makes thousands a second out of one disk.
//
// Renewals and heartbeats are not written; changes of verdict are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "portolan/registry/catalog.hpp"

namespace portolan::source {

/// The store cannot be opened or read; what() names the file, the reason and the cure.
struct StoreError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One registration as it is kept.
struct Kept {
    std::string registration;  // registry/registration_json.hpp
    std::string state;
};

namespace write {
struct Put {  // with its state, in the place of the one with its key
    registry::RegistrationKey key;
    Kept kept;
    std::optional<registry::RegistrationKey> displaced{};  // … and of this one
};
struct State {
    registry::RegistrationKey key;
    std::string state;
};
struct Remove {
    registry::RegistrationKey key;
};
}  // namespace write
using Write = std::variant<write::Put, write::State, write::Remove>;

class RegistrationStore {
public:
    /// nullopt: it is on the disk; else why not, and nothing of it is.
    using Done = std::function<void(const std::optional<std::string>&)>;
    /// Runs a function on the registrar's thread; called on the store's.
    using Post = std::function<void(std::function<void()>)>;

    /// Opens, or makes, the database in that folder, and starts the thread. Only one at a time may;
    /// throws StoreError, also for a database of a later version.
    RegistrationStore(const std::string& folder, Post post);
    /// Writes what waits; what it posts of that may find nobody who runs it.
    ~RegistrationStore();

    /// Everything, in no order. Before the first write. Throws StoreError for what is damaged.
    [[nodiscard]] std::vector<registry::Registered> load();

    void submit(Write write, Done done);

private:
    class Writer;
    std::unique_ptr<Writer> writer_;
};

// --- for the command line, beside a server or without one
// -----------------------------------------

std::string store_path(const std::string& folder);

/// What is wrong with the database, a line each; empty when it is sound. Throws StoreError when it
/// cannot be read at all.
std::vector<std::string> check_store(const std::string& folder);

/// One line of JSON a registration: {"registration":{…},"state":{…}}, by id and address.
std::vector<std::string> export_store(const std::string& folder);

/// Puts such lines in, all or none. Throws StoreError with the line that is wrong, and while a
/// server has the store open.
std::size_t import_store(const std::string& folder, const std::vector<std::string>& lines);

}  // namespace portolan::source
