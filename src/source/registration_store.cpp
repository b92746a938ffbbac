#include "portolan/source/registration_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include "portolan/registry/registration_json.hpp"
#include "source/sqlite.hpp"

namespace portolan::source {
namespace {

/// Of the tables below; another number is another program's, or a later version's.
constexpr int schema_version = 1;
constexpr std::size_t most_in_one = 1000;  // writes a transaction

constexpr const char* make_tables =
    "CREATE TABLE registration ("
    " address TEXT NOT NULL,"
    " id TEXT NOT NULL,"
    " registration TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " PRIMARY KEY (address, id)"
    ") WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

int version_of(sqlite3* database) {
    sqlite::Statement statement(database, "PRAGMA user_version");
    const int version = statement.step() ? statement.number(0) : 0;
    statement.reset();
    return version;
}

/// Opens the database and makes sure that it is of this version; new ones are made.
sqlite::Database open_database(const std::string& path, bool may_make) {
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | (may_make ? SQLITE_OPEN_CREATE : 0);
    const mode_t mask = umask(077);  // addresses and tokens' ids are nobody else's
    const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    sqlite::Database database(opened);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(opened, 2000);
        try {
            sqlite::execute(opened, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        } catch (...) {
            umask(mask);
            throw;
        }
    }
    umask(mask);
    if (result != SQLITE_OK) sqlite::raise(opened, path);
    const int version = version_of(opened);
    if (version == 0) {
        sqlite::execute(opened, "BEGIN IMMEDIATE");
        sqlite::execute(opened, make_tables);
        sqlite::execute(opened, "COMMIT");
    } else if (version != schema_version) {
        throw StoreError(
            fmt::format("{} is of version {}, and this portolan knows {}: run the one that wrote "
                        "it, export there (portolan store export) and import here",
                        path, version, schema_version));
    }
    return database;
}

/// Held by who writes: a server, or an import.
class Lock {
public:
    explicit Lock(const std::string& folder) {
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        const std::string path = folder + "/registrations.lock";
        file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0)
            throw StoreError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
        if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
        close(file_);
        throw StoreError(
            fmt::format("{} is held by another portolan: two servers need a --state each", path));
    }
    ~Lock() { close(file_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int file_ = -1;
};

class Statements {
public:
    explicit Statements(sqlite3* database)
        : put_(database, "INSERT OR REPLACE INTO registration VALUES (?1, ?2, ?3, ?4)"),
          state_(database, "UPDATE registration SET state = ?3 WHERE address = ?1 AND id = ?2"),
          remove_(database, "DELETE FROM registration WHERE address = ?1 AND id = ?2") {}

    void operator()(const write::Put& put) {
        if (put.displaced) name(remove_, *put.displaced).step();
        name(put_, put.one.registration.key())
            .bind(3, boost::json::serialize(registry::to_json(put.one.registration)))
            .bind(4, state_text(put.one))
            .step();
    }
    void operator()(const write::State& state) {
        name(state_, state.one.registration.key()).bind(3, state_text(state.one)).step();
    }
    void operator()(const write::Remove& remove) { name(remove_, remove.key).step(); }

private:
    static std::string state_text(const registry::Registered& one) {
        return boost::json::serialize(registry::state_to_json(one));
    }
    static sqlite::Statement& name(sqlite::Statement& statement,
                                   const registry::RegistrationKey& key) {
        return statement.bind(1, registry::to_string(key.address)).bind(2, key.id);
    }
    sqlite::Statement put_;
    sqlite::Statement state_;
    sqlite::Statement remove_;
};

registry::OrRefusal<registry::Registered> read(const std::string& registration_text,
                                               const std::string& state_text) {
    const auto said = registry::parse_json(registration_text);
    if (!said) return said.error();
    auto registration = registry::registration_from(*said);
    if (!registration) return registration.error();
    const auto state = registry::parse_json(state_text);
    if (!state) return state.error();
    return registry::registered_from(*std::move(registration), *state);
}

/// In the order of ids and addresses.
template <class Take>
void for_each_row(sqlite3* database, const Take& take) {
    sqlite::Statement rows(database,
                           "SELECT registration, state FROM registration ORDER BY id, address");
    while (rows.step()) take(rows.text(0), rows.text(1));
}

}  // namespace

std::string store_path(const std::string& folder) { return folder + "/registrations.db"; }

// --- writing ------------------------------------------------------------------------------------

class RegistrationDatabase::Writer {
public:
    Writer(const std::string& folder, Post post)
        : lock_(folder), database_(open_database(store_path(folder), true)),
          statements_(database_.get()), post_(std::move(post)), thread_([this] { run(); }) {}

    ~Writer() {
        {
            const std::lock_guard held(mutex_);
            ending_ = true;
        }
        waiting_.notify_one();
        thread_.join();
    }

    [[nodiscard]] sqlite3* database() const noexcept { return database_.get(); }

    void submit(Write write, Done done) {
        {
            const std::lock_guard held(mutex_);
            queue_.push_back({std::move(write), std::move(done)});
        }
        waiting_.notify_one();
    }

private:
    struct Task {
        Write write;
        Done done;
    };
    using Tasks = std::vector<Task>;

    void run() {
        while (true) {
            Tasks tasks = next();
            if (tasks.empty()) return;
            auto error = commit(tasks);
            post_([tasks = std::move(tasks), error = std::move(error)] {
                for (const auto& task : tasks) task.done(error);
            });
        }
    }

    /// Waits for something to write; empty at the end.
    Tasks next() {
        std::unique_lock held(mutex_);
        waiting_.wait(held, [this] { return ending_ || !queue_.empty(); });
        if (queue_.size() <= most_in_one) return std::exchange(queue_, {});
        const auto middle = queue_.begin() + static_cast<std::ptrdiff_t>(most_in_one);
        Tasks tasks(std::make_move_iterator(queue_.begin()), std::make_move_iterator(middle));
        queue_.erase(queue_.begin(), middle);
        return tasks;
    }

    /// All of them or none.
    std::optional<NotKept> commit(const Tasks& tasks) noexcept {
        try {
            sqlite::execute(database_.get(), "BEGIN IMMEDIATE");
            for (const auto& task : tasks) std::visit(statements_, task.write);
            sqlite::execute(database_.get(), "COMMIT");
            return std::nullopt;
        } catch (const std::exception& error) {
            sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
            return NotKept{error.what()};
        }
    }

    Lock lock_;
    sqlite::Database database_;
    Statements statements_;
    Post post_;
    std::mutex mutex_;
    std::condition_variable waiting_;
    Tasks queue_;
    bool ending_ = false;
    std::thread thread_;  // last: it uses all the others
};

RegistrationDatabase::RegistrationDatabase(const std::string& folder, Post post)
    : writer_(std::make_unique<Writer>(folder, std::move(post))) {}

RegistrationDatabase::~RegistrationDatabase() = default;

std::vector<registry::Registered> RegistrationDatabase::load() {
    std::vector<registry::Registered> all;
    for_each_row(writer_->database(), [&](const auto& registration, const auto& state) {
        auto one = read(registration, state);
        if (!one) {
            throw StoreError(fmt::format(
                "the store holds a registration that cannot be read ({}): portolan store check",
                one.error().reason));
        }
        all.push_back(*std::move(one));
    });
    return all;
}

void RegistrationDatabase::submit(Write write, Done done) {
    writer_->submit(std::move(write), std::move(done));
}

// --- the command line ---------------------------------------------------------------------------

std::vector<std::string> check_store(const std::string& folder) {
    const auto database = open_database(store_path(folder), false);
    std::vector<std::string> faults;
    sqlite::Statement integrity(database.get(), "PRAGMA integrity_check");
    while (integrity.step()) {
        if (std::string line = integrity.text(0); line != "ok") faults.push_back(std::move(line));
    }
    sqlite::Statement rows(database.get(),
                           "SELECT registration, state, address, id FROM registration");
    while (rows.step()) {
        const auto one = read(rows.text(0), rows.text(1));
        const std::string name = fmt::format("{} at {}", rows.text(3), rows.text(2));
        if (!one) {
            faults.push_back(fmt::format("{}: {}", name, one.error().reason));
        } else if (registry::to_string(one->said().address) != rows.text(2) ||
                   one->said().id != rows.text(3)) {
            faults.push_back(name + " is the key of another registration");
        }
    }
    return faults;
}

std::vector<std::string> export_store(const std::string& folder) {
    const auto database = open_database(store_path(folder), false);
    std::vector<std::string> lines;
    for_each_row(database.get(), [&](const auto& registration, const auto& state) {
        lines.push_back(fmt::format(R"({{"registration":{},"state":{}}})", registration, state));
    });
    return lines;
}

std::vector<registry::Registered> read_lines(const std::vector<std::string>& lines) {
    std::vector<registry::Registered> all;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto one = registry::kept_from(lines[i]);
        if (!one) {
            throw StoreError(
                fmt::format("line {}: {}; nothing was imported", i + 1, one.error().reason));
        }
        all.push_back(*std::move(one));
    }
    return all;
}

std::size_t import_store(const std::string& folder, const std::vector<std::string>& lines) {
    const Lock lock(folder);
    const auto database = open_database(store_path(folder), true);
    Statements statements(database.get());
    const auto all = read_lines(lines);
    sqlite::execute(database.get(), "BEGIN IMMEDIATE");
    for (const auto& each : all) statements(write::Put{each});
    sqlite::execute(database.get(), "COMMIT");
    return all.size();
}

}  // namespace portolan::source
