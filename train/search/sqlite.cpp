#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/train/search/sqlite_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "study";

constexpr int kBusyMilliseconds = 30000;
constexpr int kLongestValue = 1 << 24;  // bytes of one text
// Steps of SQLite's machine, in units of kUnit, before reading is given up: some ten seconds, and a
// hundred times what a study of ten thousand trials takes.
constexpr int kUnit = 1000000, kBudget = 1000;

int spend(void* budget) { return --*static_cast<int*>(budget) < 0; }

}  // namespace

Database::Database(const std::filesystem::path& file) : where_(file.string()) {
  check(std::filesystem::exists(file), kAt, where_, ": no such file");
  check(!std::filesystem::is_directory(file), kAt, where_, ": is a folder, not a study");
  // The file is opened for writing if it may be: where another program was killed SQLite must first
  // put back what was half written.
  const int code = sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr);
  if (code != SQLITE_OK) {
    const std::string reason = db_ ? sqlite3_errmsg(db_) : "out of memory";
    sqlite3_close_v2(db_);
    fail(kAt, where_, ": cannot be opened: ", reason);
  }
  sqlite3_busy_timeout(db_, kBusyMilliseconds);
  distrust();
}

Database::Database(std::span<const std::byte> bytes, const std::string& where, Mode mode)
    : where_(where) {
  check(!bytes.empty() || mode == Mode::write, kAt, where_, ": is empty");
  check(sqlite3_open_v2(":memory:", &db_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK, kAt, where_,
        ": out of memory");
  if (bytes.empty()) {
    distrust();
    return;
  }
  auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  check(copy != nullptr, kAt, where_, ": out of memory");
  std::copy_n(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), copy);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const unsigned flags =
      mode == Mode::write ? SQLITE_DESERIALIZE_RESIZEABLE : SQLITE_DESERIALIZE_READONLY;
  const int code =
      sqlite3_deserialize(db_, "main", copy, size, size, SQLITE_DESERIALIZE_FREEONCLOSE | flags);
  if (code != SQLITE_OK) {
    sqlite3_close_v2(db_);
    fail(kAt, where_, ": cannot be read as an SQLite database");
  }
  distrust();
}

std::vector<std::byte> Database::bytes() {
  sqlite3_int64 size = 0;
  unsigned char* copy = sqlite3_serialize(db_, "main", &size, 0);
  check(copy != nullptr, kAt, where_, ": out of memory");
  const auto* first = reinterpret_cast<const std::byte*>(copy);
  std::vector<std::byte> all(first, first + size);
  sqlite3_free(copy);
  return all;
}

void Database::distrust() {
  int was = 0;
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, &was);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &was);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, &was);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, &was);
  sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kLongestValue);
  budget_ = kBudget;
  sqlite3_progress_handler(db_, kUnit, spend, &budget_);
}

void Database::fail_with(int code) const {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      fail(kAt, where_, ": is not an SQLite database");
    case SQLITE_CORRUPT:
      fail(kAt, where_, ": is damaged: ", sqlite3_errmsg(db_));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail(kAt, where_, ": another program has been writing to it for ", kBusyMilliseconds / 1000,
           " s");
    case SQLITE_INTERRUPT:
      fail(kAt, where_, ": is damaged, or too large to be read");
    default:
      fail(kAt, where_, ": ", sqlite3_errmsg(db_));
  }
}

void Database::run(const char* sql) {
  budget_ = kBudget;
  if (const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
    fail_with(code);
}

bool Database::has_table(const std::string& name) {
  // Not a view, nor a table that runs code.
  Statement find(*this,
                 "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
                 " AND sql LIKE 'CREATE TABLE%'");
  return find.bind(name).step();
}

Statement::Statement(Database& db, const char* sql) : db_(db) {
  const int code = sqlite3_prepare_v2(db.handle(), sql, -1, &statement_, nullptr);
  if (code != SQLITE_OK) db.fail_with(code);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) db_.fail_with(code);
  sqlite3_reset(statement_);
  return false;
}

void Statement::expect(bool ok, int column, const char* what) const {
  check(ok, kAt, db_.where(), ": is damaged: the column ", sqlite3_column_name(statement_, column),
        " holds no ", what);
}

std::int64_t Statement::integer(int column) const {
  expect(sqlite3_column_type(statement_, column) == SQLITE_INTEGER, column, "whole number");
  return sqlite3_column_int64(statement_, column);
}

double Statement::number(int column) const {
  const int type = sqlite3_column_type(statement_, column);
  expect(type == SQLITE_FLOAT || type == SQLITE_INTEGER, column, "number");
  return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
  expect(sqlite3_column_type(statement_, column) == SQLITE_TEXT, column, "text");
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::bind_one(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, index, value)) db_.fail_with(code);
}

void Statement::bind_one(int index, double value) {
  if (const int code = sqlite3_bind_double(statement_, index, value)) db_.fail_with(code);
}

void Statement::bind_one(int index, std::string_view value) {
  const auto size = static_cast<int>(value.size());
  if (const int code = sqlite3_bind_text(statement_, index, value.data(), size, SQLITE_TRANSIENT))
    db_.fail_with(code);
}

}  // namespace sonant
