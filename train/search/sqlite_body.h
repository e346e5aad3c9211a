// SQLite behind value types: what a study needs of it. For .cpp files only: the library is not part
// of the interface.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

// A connection. Every failure is an Error that names the file and says what is wrong with it.
class Database {
 public:
  explicit Database(const std::filesystem::path& file);  // to read it
  // A copy of a whole database in memory; of none: an empty one.
  enum class Mode { read, write };
  Database(std::span<const std::byte> bytes, const std::string& where, Mode mode = Mode::read);
  ~Database() { sqlite3_close_v2(db_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql);
  bool has_table(const std::string& name);
  std::vector<std::byte> bytes();
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(db_); }
  sqlite3* handle() const { return db_; }
  const std::string& where() const { return where_; }
  [[noreturn]] void fail_with(int code) const;

 private:
  void distrust();  // nothing that the file defines may run, or run for long

  sqlite3* db_ = nullptr;
  std::string where_;
  int budget_ = 0;
};

// A prepared statement; parameters and columns count from 0. bind() takes numbers, text and
// nullopt.
class Statement {
 public:
  Statement(Database& db, const char* sql);
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  bool step();  // whether there is a row
  void run() {
    while (step()) continue;
  }

  // Error if the column is of another type.
  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, int value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  template <class Value>
  void bind_one(int index, const std::optional<Value>& value) {
    if (value) bind_one(index, *value);  // unbound parameters are NULL
  }
  void expect(bool ok, int column, const char* what) const;

  Database& db_;
  sqlite3_stmt* statement_ = nullptr;
};

// Everything until commit(), or nothing of it.
class Transaction {
 public:
  explicit Transaction(Database& db, const char* begin = "BEGIN IMMEDIATE") : db_(db) {
    db_.run(begin);
  }
  ~Transaction() {
    if (!done_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    db_.run("COMMIT");
    done_ = true;
  }

 private:
  Database& db_;
  bool done_ = false;
};

}  // namespace sonant
