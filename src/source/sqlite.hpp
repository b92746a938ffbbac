// SQLite's C interface, as values that close themselves and errors that are thrown.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "portolan/source/registration_store.hpp"

namespace portolan::source::sqlite {

struct CloseDatabase {
    void operator()(sqlite3* open) const noexcept { sqlite3_close_v2(open); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

/// What SQLite says is wrong, as a StoreError that names the file.
[[noreturn]] void raise(sqlite3* database, std::string_view path);

void execute(sqlite3* database, const char* sql);  // throws StoreError

/// One statement, prepared once; bind from 1, step, read columns from 0.
class Statement {
public:
    Statement(sqlite3* database, std::string_view sql);  // throws StoreError
    Statement& bind(int place, std::string_view text);
    /// True when there is a row; a statement without rows is done and may be bound anew.
    bool step();
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] int number(int column) const;
    void reset() noexcept;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* prepared) const noexcept { sqlite3_finalize(prepared); }
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
};

}  // namespace portolan::source::sqlite
