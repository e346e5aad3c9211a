#include <sonant/train/search/study_file.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <ranges>
#include <thread>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/file_lock.h>
#include <sonant/train/search/study_reader_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "study";

// Optuna 3's tables as SQLAlchemy creates them. Two of its own, version_info and alembic_version,
// are left out: Optuna adds them, with its version, when it first opens the file.
constexpr const char* kSchema = R"(
CREATE TABLE studies (
  study_id INTEGER NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id));
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE study_directions (
  study_direction_id INTEGER NOT NULL, direction VARCHAR(8) NOT NULL, study_id INTEGER NOT NULL,
  objective INTEGER NOT NULL, PRIMARY KEY (study_direction_id), UNIQUE (study_id, objective),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE study_user_attributes (
  study_user_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (study_user_attribute_id), UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE study_system_attributes (
  study_system_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (study_system_attribute_id), UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE trials (
  trial_id INTEGER NOT NULL, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL,
  datetime_start DATETIME, datetime_complete DATETIME, PRIMARY KEY (trial_id),
  FOREIGN KEY(study_id) REFERENCES studies (study_id));
CREATE TABLE trial_user_attributes (
  trial_user_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (trial_user_attribute_id), UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_system_attributes (
  trial_system_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512), value_json TEXT,
  PRIMARY KEY (trial_system_attribute_id), UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_params (
  param_id INTEGER NOT NULL, trial_id INTEGER, param_name VARCHAR(512), param_value FLOAT,
  distribution_json TEXT, PRIMARY KEY (param_id), UNIQUE (trial_id, param_name),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_values (
  trial_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL,
  value FLOAT, value_type VARCHAR(7) NOT NULL, PRIMARY KEY (trial_value_id),
  UNIQUE (trial_id, objective), FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_intermediate_values (
  trial_intermediate_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, step INTEGER NOT NULL,
  intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_intermediate_value_id), UNIQUE (trial_id, step),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_heartbeats (
  trial_heartbeat_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, heartbeat DATETIME NOT NULL,
  PRIMARY KEY (trial_heartbeat_id), UNIQUE (trial_id),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id));
)";

struct StoredValue {
  std::optional<double> number;
  const char* type;
};

StoredValue stored(double value) {
  if (std::isnan(value)) return {std::nullopt, "NAN"};
  if (std::isinf(value)) return {std::nullopt, value > 0 ? "INF_POS" : "INF_NEG"};
  return {value, "FINITE"};
}

// Whether one has finished a trial that the other has not.
bool is_ahead(const Study& one, const Study& other) {
  return std::ranges::any_of(one.trials, [&](const Trial& trial) {
    const auto number = static_cast<std::size_t>(trial.number);
    return trial.finished() && (number >= other.trials.size() || !other.trials[number].finished());
  });
}

std::filesystem::path beside(std::filesystem::path file, const char* suffix) {
  return file += suffix;
}

// All of the file, or nothing if there is none.
std::vector<std::byte> bytes_of(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  const auto journal = [&] {
    return std::filesystem::exists(beside(file, "-journal")) ||
           std::filesystem::exists(beside(file, "-wal"));
  };
  if (!journal()) return read_file(file, kAt);
  // Another program writes to it in place, or was killed at that: SQLite knows what to do.
  std::vector<std::byte> bytes = Database(file).bytes();
  check(!journal(), kAt, file.native(),
        ": another program is writing to it; end it and start again");
  return bytes;
}

// SQLite counts in a file's head how often it and its tables were changed: the file change counter,
// the schema cookie and the counter that the version is valid for
// (sqlite.org/fileformat.html, 1.3). Nobody has this file open yet, so nobody has anything to
// compare them with.
void forget_changes(std::vector<std::byte>& database) {
  for (const std::size_t at : {24, 40, 92})
    for (std::size_t i = 0; i < 4 && at + i < database.size(); ++i)
      database[at + i] = std::byte(i == 3);  // big-endian 1
}

// Puts a study into a database in memory, row by row.
class Writer {
 public:
  explicit Writer(Database& db) : db_(db) {}

  // In place of the study of that name. The same study gives the same rows, however it came about.
  void write(StoredStudy& stored, bool is_new) {
    Transaction transaction(db_);
    if (is_new) {
      Statement(db_, "INSERT INTO studies (study_name) VALUES (?)").bind(stored.study.name).run();
      stored.id = db_.last_id();
      Statement(db_,
                "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, 0)")
          .bind(std::string(stored.study.maximize ? "MAXIMIZE" : "MINIMIZE"), stored.id)
          .run();
    }
    for (const char* table : {"study_user_attributes", "study_system_attributes"})
      remove(table, "study_id = ?", stored.id);
    attributes("study", stored.id, stored.study);
    Statement highest(db_, "SELECT COALESCE(MAX(trial_id), 0) FROM trials");
    highest.step();
    std::int64_t next = highest.integer(0);
    highest.run();
    while (stored.ids.size() < stored.study.trials.size()) stored.ids.push_back(++next);
    for (const char* table : {"trial_params", "trial_values", "trial_intermediate_values",
                              "trial_user_attributes", "trial_system_attributes"})
      remove(table, "trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)", stored.id);
    remove("trials", "study_id = ?", stored.id);
    for (const Trial& t : stored.study.trials)
      trial(t, stored.ids[static_cast<std::size_t>(t.number)], stored.id);
    transaction.commit();
  }

 private:
  // Rows that were replaced in place would tell by their keys how often they were.
  void remove(const std::string& table, const std::string& where, std::int64_t study) {
    Statement(db_, ("DELETE FROM " + table + " WHERE " + where).c_str()).bind(study).run();
  }

  template <class Owner>
  void attributes(const std::string& owner, std::int64_t id, const Owner& of) {
    for (const bool user : {true, false}) {
      const std::string sql = "INSERT INTO " + owner + (user ? "_user" : "_system") +
                              "_attributes (" + owner + "_id, key, value_json) VALUES (?, ?, ?)";
      for (const auto& [key, json] : user ? of.user : of.system)
        Statement(db_, sql.c_str()).bind(id, key, json).run();
    }
  }

  void trial(const Trial& t, std::int64_t id, std::int64_t study) {
    const auto time = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional(text);
    };
    Statement(db_,
              "INSERT INTO trials (trial_id, number, study_id, state, datetime_start,"
              " datetime_complete) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(id, t.number, study, to_text(t.state), time(t.started), time(t.completed))
        .run();
    for (const auto& [name, value] : t.parameters)
      Statement(db_,
                "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)"
                " VALUES (?, ?, ?, ?)")
          .bind(id, name, value, to_json(t.distributions.at(name)))
          .run();
    for (const auto& [step, value] : t.intermediate) {
      const StoredValue v = stored(value);
      Statement(db_,
                "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value,"
                " intermediate_value_type) VALUES (?, ?, ?, ?)")
          .bind(id, step, v.number, std::string(v.type))
          .run();
    }
    if (t.value) {
      const StoredValue v = stored(*t.value);
      Statement(db_,
                "INSERT INTO trial_values (trial_id, objective, value, value_type)"
                " VALUES (?, 0, ?, ?)")
          .bind(id, v.number, std::string(v.type))
          .run();
    }
    attributes("trial", id, t);
  }

  Database& db_;
};

}  // namespace

std::string study_time() {
  const auto time = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
                          time - std::chrono::system_clock::from_time_t(seconds))
                          .count();
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  std::snprintf(text + n, sizeof text - n, ".%06d", static_cast<int>(micros));
  return text;
}

struct StudyFile::Impl {
  struct Found {
    std::vector<std::byte> bytes;  // none: there is no file
    std::optional<StoredStudy> study;
  };
  Found find() const {
    Found found{bytes_of(file), std::nullopt};
    if (!std::filesystem::exists(file)) return found;
    Database db(found.bytes, file.string(), Database::Mode::write);  // which may be empty
    if (!is_empty(db)) found.study = read_stored(db, name);
    return found;
  }

  // Where attributes are cached, a file that another host has just replaced may seem to be cut off
  // for a while.
  Found find_patiently() const {
    for (int tries = claims ? 60 : 0;; --tries) {
      try {
        return find();
      } catch (const Error&) {
        if (tries == 0) throw;
        std::this_thread::sleep_for(std::chrono::seconds(1));
      }
    }
  }

  static bool is_empty(Database& db) {
    Statement any(db, "SELECT 1 FROM sqlite_master");
    const bool empty = !any.step();
    any.run();
    return empty;
  }

  void open() {
    if (auto found = find().study) {
      stored = std::move(*found);
      written = stored.study.trials.size();
      exists = true;
    }
  }

  void save() {
    if (claims && !claims->holds(claim)) writing = false;  // we were suspended, and another does
    if (!writing) return;
    const auto [old, there] = find_patiently();
    Database db(old, file.string(), Database::Mode::write);
    if (is_empty(db)) db.run(kSchema);
    const std::size_t trials = there ? there->study.trials.size() : 0;
    check(claims ? trials <= stored.study.trials.size() : trials == written, kAt, file.native(),
          ": another program has added trials meanwhile; end it and start again");
    if (there) {
      stored.id = there->id;
      stored.ids = there->ids;
    } else {
      stored.ids.clear();
    }
    Writer(db).write(stored, !there);
    db.run("VACUUM");  // no trace of what was there before
    std::vector<std::byte> bytes = db.bytes();
    forget_changes(bytes);
    write_file(file, bytes, kAt);
    written = stored.study.trials.size();
  }

  Trial& trial(int number) { return stored.study.trials.at(static_cast<std::size_t>(number)); }

  std::filesystem::path file;
  std::string name;
  std::unique_ptr<FileLock> lock;  // of a process alone
  Claims* claims = nullptr;        // of one that shares
  std::filesystem::path claim;
  bool exists = false, writing = false;
  StoredStudy stored;
  std::size_t written = 0;  // trials in the file, as we know it
};

StudyFile::StudyFile(const std::filesystem::path& file, const std::string& name)
    : impl_(std::make_unique<Impl>()) {
  impl_->file = file;
  impl_->name = name;
  // Beside the file: some file systems make one kind of lock of flock's and SQLite's.
  impl_->lock = FileLock::if_free(beside(file, ".lock"));
  check(impl_->lock != nullptr, "lock", file.native(), ": another search is running on this study");
  impl_->writing = true;
  impl_->open();
}

StudyFile::StudyFile(const std::filesystem::path& file, const std::string& name, Claims& claims,
                     const std::filesystem::path& claim)
    : impl_(std::make_unique<Impl>()) {
  impl_->file = file;
  impl_->name = name;
  impl_->claims = &claims;
  impl_->claim = claim;
  make_folder(claim, kAt);
  check_writable(file, kAt);
  impl_->open();
}

bool StudyFile::writes() {
  Impl& i = *impl_;
  if (!i.claims || (i.writing && i.claims->holds(i.claim))) return true;
  i.writing = false;
  if (!i.claims->take(i.claim)) return false;
  // Whoever wrote was ahead of us: until we are there, too, the file has nothing to learn.
  if (const auto there = i.find_patiently().study; there && is_ahead(there->study, study())) {
    i.claims->give_back(i.claim);
    return false;
  }
  i.writing = true;
  i.save();
  return true;
}

StudyFile::~StudyFile() = default;

const std::filesystem::path& StudyFile::path() const { return impl_->file; }

bool StudyFile::exists() const { return impl_->exists; }

const Study& StudyFile::study() const { return impl_->stored.study; }

void StudyFile::create(const Study& study) {
  Impl& i = *impl_;
  check(!i.exists, kAt, i.file.native(), ": the study ", i.name, " is there already");
  for (const Trial& trial : study.trials)
    check(trial.state == TrialState::waiting, kAt, "a new study expects waiting trials");
  i.stored = {study, 0, {}};
  i.stored.study.name = i.name;
  i.exists = true;
  i.save();
}

void StudyFile::start(const Trial& trial) {
  Impl& i = *impl_;
  std::vector<Trial>& trials = i.stored.study.trials;
  const auto number = static_cast<std::size_t>(trial.number);
  check(number <= trials.size(), kAt, "trial ", trial.number, " is not the next one");
  check(number == trials.size() || !trials[number].finished(), kAt, "trial ", trial.number,
        " is finished");
  if (number == trials.size()) trials.emplace_back();
  Trial& t = trials[number] = trial;
  t.state = TrialState::running;
  t.value.reset();
  t.intermediate.clear();
  t.completed.clear();
  if (t.started.empty()) t.started = study_time();
  i.save();
}

void StudyFile::report(int number, int step, double value) {
  impl_->trial(number).intermediate[step] = value;
  impl_->save();
}

void StudyFile::finish(const Trial& trial) {
  Trial& t = impl_->trial(trial.number);
  t.state = trial.state;
  t.value = trial.value;
  t.user = trial.user;
  t.completed = trial.completed.empty() ? study_time() : trial.completed;
  impl_->save();
}

}  // namespace sonant
