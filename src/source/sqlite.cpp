#include "source/sqlite.hpp"

#include <fmt/format.h>

namespace portolan::source::sqlite {

void raise(sqlite3* database, std::string_view path) {
    const int error = sqlite3_errcode(database);
    const char* cure = error == SQLITE_FULL ? "; make room on the disk" : "";
    throw StoreError(fmt::format("{}: {}{}", path, sqlite3_errmsg(database), cure));
}

namespace {

std::string path_of(sqlite3* database) {
    const char* path = sqlite3_db_filename(database, "main");
    return path == nullptr ? "the store" : path;
}

}  // namespace

void execute(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        raise(database, path_of(database));
}

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
    sqlite3_stmt* prepared = nullptr;
    const auto size = static_cast<int>(sql.size());
    if (sqlite3_prepare_v2(database, sql.data(), size, &prepared, nullptr) != SQLITE_OK)
        raise(database, path_of(database));
    prepared_.reset(prepared);
}

Statement& Statement::bind(int place, std::string_view text) {
    sqlite3_bind_text64(prepared_.get(), place, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(prepared_.get());
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) {
        sqlite3_reset(prepared_.get());
        raise(database_, path_of(database_));
    }
    sqlite3_reset(prepared_.get());
    return false;
}

std::string Statement::text(int column) const {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.get(), column));
    const int size = sqlite3_column_bytes(prepared_.get(), column);
    return start == nullptr ? "" : std::string(start, static_cast<std::size_t>(size));
}

int Statement::number(int column) const { return sqlite3_column_int(prepared_.get(), column); }

void Statement::reset() noexcept { sqlite3_reset(prepared_.get()); }

}  // namespace portolan::source::sqlite
