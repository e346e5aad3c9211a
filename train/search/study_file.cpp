#include <sonant/train/search/study_file.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <thread>

#include <sonant/core/error.h>
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

// "2026-11-21 12:00:00.000000", local time.
std::string now() {
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

struct StoredValue {
  std::optional<double> number;
  const char* type;
};

StoredValue stored(double value) {
  if (std::isnan(value)) return {std::nullopt, "NAN"};
  if (std::isinf(value)) return {std::nullopt, value > 0 ? "INF_POS" : "INF_NEG"};
  return {value, "FINITE"};
}

}  // namespace

// Members in the order in which they must live: closing the lock's descriptor would take SQLite's
// own locks on the same file with it, so the database goes first.
struct StudyFile::Impl {
  void set_attributes(const char* owner, std::int64_t id, const Attributes& attributes,
                      const char* kind) {
    const std::string sql = std::string("INSERT OR REPLACE INTO ") + owner + "_" + kind +
                            "_attributes (" + owner + "_id, key, value_json) VALUES (?, ?, ?)";
    for (const auto& [key, json] : attributes)
      Statement(*db, sql.c_str()).bind(id, key, json).run();
  }

  std::int64_t insert_trial(const Trial& trial) {
    Statement(*db, "INSERT INTO trials (number, study_id, state) VALUES (?, ?, ?)")
        .bind(trial.number, stored.id, to_text(trial.state))
        .run();
    return db->last_id();
  }

  std::int64_t id_of(int number) const { return stored.ids.at(static_cast<std::size_t>(number)); }

  // With the lock: opens the database, empty or not, and reads the study if it is there.
  void open() {
    db = std::make_unique<Database>(file, Database::Mode::write);
    // A journal that is deleted works on every local file system and leaves one file to copy.
    db->run("PRAGMA journal_mode = DELETE");
    {
      Transaction transaction(*db);
      Statement any(*db, "SELECT 1 FROM sqlite_master");
      const bool empty = !any.step();
      if (empty) db->run(kSchema);
      any.run();
      transaction.commit();
    }
    if (auto found = read_stored(*db, name)) {
      stored = std::move(*found);
      exists = true;
    }
  }

  // Whoever writes may have only just begun: the study as it is, once it is there.
  bool follow() {
    try {
      stored.study = read_study(file, name);
    } catch (const Error&) {
      return false;
    }
    return exists = true;
  }

  std::filesystem::path file;
  std::string name;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<Database> db;  // null: another process writes
  bool exists = false;
  StoredStudy stored;
};

namespace {

// Whether one has finished a trial that the other has not.
bool is_ahead(const Study& one, const Study& other) {
  return std::ranges::any_of(one.trials, [&](const Trial& trial) {
    const auto number = static_cast<std::size_t>(trial.number);
    return trial.finished() && (number >= other.trials.size() || !other.trials[number].finished());
  });
}

}  // namespace

StudyFile::StudyFile(const std::filesystem::path& file, const std::string& name, bool may_follow)
    : impl_(std::make_unique<Impl>()) {
  impl_->file = file;
  impl_->name = name;
  for (int tries = may_follow ? 100 : 1;; --tries) {
    impl_->lock = FileLock::if_free(file);
    if (impl_->lock) impl_->open();
    if (impl_->lock || (may_follow && impl_->follow())) return;
    check(tries > 1, "lock", file.native(), ": another search is running on this study");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

bool StudyFile::writes() {
  Impl& i = *impl_;
  if (i.db) return true;
  i.lock = FileLock::if_free(i.file);
  if (!i.lock) return false;
  StoredStudy before = i.stored;
  i.open();
  // Whoever wrote was ahead of us: until we are there, too, the file has nothing to learn.
  if (is_ahead(study(), before.study)) {
    i.db = nullptr;
    i.stored = std::move(before);
    i.lock = nullptr;
    return false;
  }
  const Study& known = before.study;
  for (const Trial& trial : known.trials) {
    const std::vector<Trial>& there = study().trials;
    const auto number = static_cast<std::size_t>(trial.number);
    if (trial.state == TrialState::waiting) continue;
    if (number < there.size() && there[number].finished()) continue;
    start(trial);
    for (const auto& [step, value] : trial.intermediate) report(trial.number, step, value);
    if (trial.finished()) finish(trial);
  }
  return true;
}

StudyFile::~StudyFile() = default;

const std::filesystem::path& StudyFile::path() const { return impl_->file; }

bool StudyFile::exists() const { return impl_->exists; }

const Study& StudyFile::study() const { return impl_->stored.study; }

void StudyFile::create(const Study& study) {
  Impl& i = *impl_;
  check(!i.exists, kAt, i.file.native(), ": the study ", i.name, " is there already");
  Transaction transaction(*i.db);
  Statement(*i.db, "INSERT INTO studies (study_name) VALUES (?)").bind(i.name).run();
  i.stored = {study, i.db->last_id(), {}};
  i.stored.study.name = i.name;
  Statement(*i.db, "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, 0)")
      .bind(std::string(study.maximize ? "MAXIMIZE" : "MINIMIZE"), i.stored.id)
      .run();
  i.set_attributes("study", i.stored.id, study.user, "user");
  i.set_attributes("study", i.stored.id, study.system, "system");
  for (const Trial& trial : study.trials) {
    check(trial.state == TrialState::waiting, kAt, "a new study expects waiting trials");
    i.stored.ids.push_back(i.insert_trial(trial));
    i.set_attributes("trial", i.stored.ids.back(), trial.user, "user");
    i.set_attributes("trial", i.stored.ids.back(), trial.system, "system");
  }
  transaction.commit();
  i.exists = true;
}

void StudyFile::start(const Trial& trial) {
  Impl& i = *impl_;
  std::vector<Trial>& trials = i.stored.study.trials;
  const auto number = static_cast<std::size_t>(trial.number);
  check(number <= trials.size(), kAt, "trial ", trial.number, " is not the next one");
  check(number == trials.size() || !trials[number].finished(), kAt, "trial ", trial.number,
        " is finished");
  const bool is_new = number == trials.size();
  if (is_new) trials.push_back(trial);
  Trial& t = trials[number] = trial;
  t.state = TrialState::running;
  t.started = now();
  if (!i.db) return;
  Transaction transaction(*i.db);
  Statement counted(*i.db, "SELECT COUNT(*) FROM trials WHERE study_id = ?");
  counted.bind(i.stored.id).step();
  check(counted.integer(0) == std::ssize(trials) - (is_new ? 1 : 0), kAt, i.file.native(),
        ": another program has added trials meanwhile; end it and start again");
  counted.run();
  if (is_new) i.stored.ids.push_back(i.insert_trial(trial));
  const std::int64_t id = i.id_of(t.number);
  Statement(*i.db, "UPDATE trials SET state = ?, datetime_start = ? WHERE trial_id = ?")
      .bind(to_text(t.state), t.started, id)
      .run();
  for (const char* table : {"trial_params", "trial_values", "trial_intermediate_values"})
    Statement(*i.db, (std::string("DELETE FROM ") + table + " WHERE trial_id = ?").c_str())
        .bind(id)
        .run();
  for (const auto& [name, value] : t.parameters)
    Statement(*i.db,
              "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)"
              " VALUES (?, ?, ?, ?)")
        .bind(id, name, value, to_json(t.distributions.at(name)))
        .run();
  i.set_attributes("trial", id, t.system, "system");
  transaction.commit();
}

void StudyFile::report(int number, int step, double value) {
  Impl& i = *impl_;
  i.stored.study.trials.at(static_cast<std::size_t>(number)).intermediate[step] = value;
  if (!i.db) return;
  const StoredValue v = stored(value);
  Transaction transaction(*i.db);
  Statement(*i.db,
            "INSERT OR REPLACE INTO trial_intermediate_values (trial_id, step,"
            " intermediate_value, intermediate_value_type) VALUES (?, ?, ?, ?)")
      .bind(i.id_of(number), step, v.number, std::string(v.type))
      .run();
  transaction.commit();
}

void StudyFile::finish(const Trial& trial) {
  Impl& i = *impl_;
  Trial& t = i.stored.study.trials.at(static_cast<std::size_t>(trial.number));
  t.state = trial.state;
  t.value = trial.value;
  t.user = trial.user;
  t.completed = now();
  if (!i.db) return;
  const std::int64_t id = i.id_of(trial.number);
  Transaction transaction(*i.db);
  Statement(*i.db, "UPDATE trials SET state = ?, datetime_complete = ? WHERE trial_id = ?")
      .bind(to_text(t.state), t.completed, id)
      .run();
  if (t.value) {
    const StoredValue v = stored(*t.value);
    Statement(*i.db,
              "INSERT OR REPLACE INTO trial_values (trial_id, objective, value, value_type)"
              " VALUES (?, 0, ?, ?)")
        .bind(id, v.number, std::string(v.type))
        .run();
  }
  i.set_attributes("trial", id, t.user, "user");
  transaction.commit();
}

}  // namespace sonant
