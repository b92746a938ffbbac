// Where registrations are kept: what is written, and the store on disk.
//
// STATE/registrations.db is an SQLite database that sqlite3 can read.
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
//
// The other store is etcd (etcd_registrations.hpp), for several servers at once.
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

namespace write {
struct Put {  // with its state, in the place of the one with its key
    registry::Registered one;
    std::optional<registry::RegistrationKey> displaced{};  // … and of this one
};
/// How it fares now. `amend` makes the same change to a state that somebody else has changed
/// meanwhile; false when there is nothing to be changed any more.
struct State {
    registry::Registered one;
    std::function<bool(registry::Registered&)> amend{};
};
struct Remove {
    registry::RegistrationKey key;
};
}  // namespace write
using Write = std::variant<write::Put, write::State, write::Remove>;

/// Why a write is not kept; nothing of it is.
struct NotKept {
    std::string reason;
    bool is_overtaken = false;  // by another server's write: to be judged anew
};

class RegistrationStore {
public:
    /// nullopt: it is kept, and no crash takes it back.
    using Done = std::function<void(const std::optional<NotKept>&)>;

    virtual ~RegistrationStore() = default;
    virtual void submit(Write write, Done done) = 0;
};

class RegistrationDatabase final : public RegistrationStore {
public:
    /// Runs a function on the registrar's thread; called on the store's.
    using Post = std::function<void(std::function<void()>)>;

    /// Opens, or makes, the database in that folder, and starts the thread. Only one at a time may;
    /// throws StoreError, also for a database of a later version.
    RegistrationDatabase(const std::string& folder, Post post);
    /// Writes what waits; what it posts of that may find nobody who runs it.
    ~RegistrationDatabase() override;

    /// Everything, in no order. Before the first write. Throws StoreError for what is damaged.
    [[nodiscard]] std::vector<registry::Registered> load();

    void submit(Write write, Done done) override;

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

/// The registrations of such lines. Throws StoreError with the line that is wrong.
std::vector<registry::Registered> read_lines(const std::vector<std::string>& lines);

/// Puts such lines in, all or none. Throws StoreError with the line that is wrong, and while a
/// server has the store open.
std::size_t import_store(const std::string& folder, const std::vector<std::string>& lines);

}  // namespace portolan::source
