// Studies in SQLite files: what is written is read back, Optuna reads and continues it, and what is
// no study is refused.
#include <sonant/core/file.h>
#include <sonant/train/search/study_file.h>

#include <sqlite3.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>

#include "optuna/functions.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Trial running(int number, double lr, double choice) {
  Trial t;
  t.number = number;
  t.parameters = {{"lr", lr}, {"batch", choice}};
  t.distributions = {{"lr", test::real(1e-5, 0.1, true)},
                     {"batch", test::among({std::int64_t{4}, std::int64_t{8}})}};
  t.system["sonant"] = "\"test\"";
  return t;
}

void end(StudyFile& file, Trial t, TrialState state, std::optional<double> value) {
  t.state = state;
  t.value = value;
  t.user["note"] = "\"done\"";
  file.finish(t);
}

// A trial in every state.
void write_sample(const std::filesystem::path& path) {
  StudyFile file(path, "sample");
  CHECK_FALSE(file.exists());
  Study study;
  study.user["model"] = "\"m\"";
  Trial waiting;
  waiting.state = TrialState::waiting;
  waiting.system["fixed_params"] = R"({"lr": 0.001})";
  study.trials = {waiting};
  file.create(study);
  Trial first = running(0, 1e-3, 1);
  first.system.insert(waiting.system.begin(), waiting.system.end());
  file.start(first);
  file.report(0, 0, 0.25);
  file.report(0, 1, 0.5);
  end(file, first, TrialState::complete, 0.5);
  file.start(running(1, 2e-3, 0));
  file.start(running(2, 3e-3, 0));
  file.report(2, 0, std::nan(""));
  end(file, running(2, 3e-3, 0), TrialState::fail, std::nullopt);
  file.start(running(3, 4e-3, 1));
  file.report(3, 0, -kInfinity);
  end(file, running(3, 4e-3, 1), TrialState::pruned, -kInfinity);
}

void run_sql(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  char* error = nullptr;
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error);
  INFO((error ? error : ""));
  CHECK(code == SQLITE_OK);
  sqlite3_free(error);
  sqlite3_close(db);
}

int run_python(const std::string& code, const std::filesystem::path& path) {
  const std::string python = test::python_with("optuna");
  if (python.empty()) return -1;
  const TempFolder folder;
  write_file(folder / "script.py",
             "import math, sys, optuna\nfrom optuna.trial import TrialState\n"
             "optuna.logging.set_verbosity(optuna.logging.ERROR)\n"
             "study = optuna.load_study(study_name='sample',"
             " storage='sqlite:///' + sys.argv[1])\n" +
                 code,
             "test");
  return std::system(
      (python + " " + test::quoted(folder / "script.py") + " " + test::quoted(path)).c_str());
}

}  // namespace

TEST_CASE("a study is read as it was written", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  const Study study = read_study(path);
  CHECK(study.name == "sample");
  CHECK(study.maximize);
  CHECK(study.user.at("model") == "\"m\"");
  REQUIRE(study.trials.size() == 4);
  const Trial& t = study.trials[0];
  CHECK(t.state == TrialState::complete);
  CHECK(t.parameters == ParameterValues{{"batch", 1}, {"lr", 1e-3}});
  CHECK(t.distributions.at("lr") == test::real(1e-5, 0.1, true));
  CHECK(t.value == 0.5);
  CHECK(t.intermediate == std::map<int, double>{{0, 0.25}, {1, 0.5}});
  CHECK(t.user.at("note") == "\"done\"");
  CHECK(t.system.contains("fixed_params"));
  CHECK(t.started.size() == std::string("2026-11-21 12:00:00.000000").size());
  CHECK(t.started <= t.completed);
  CHECK(study.trials[1].state == TrialState::running);
  CHECK(study.trials[1].completed.empty());
  CHECK(study.trials[2].state == TrialState::fail);
  CHECK(std::isnan(study.trials[2].intermediate.at(0)));
  CHECK(study.trials[3].value == -kInfinity);
  CHECK(study.best()->number == 0);
  CHECK(study.count(TrialState::pruned) == 1);
  CHECK(study_names(path) == std::vector<std::string>{"sample"});
}

TEST_CASE("one process writes, and goes on with what is there", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  StudyFile file(path, "sample");
  CHECK(file.exists());
  CHECK_THROWS_WITH(StudyFile(path, "sample"), ContainsSubstring("another search is running"));
  CHECK(read_study(path).trials.size() == 4);  // reading goes on meanwhile
  CHECK_THROWS_AS(file.create({}), Error);
  CHECK_THROWS_AS(file.start(running(0, 1e-3, 1)), Error);  // finished
  CHECK_THROWS_AS(file.start(running(5, 1e-3, 1)), Error);  // not the next
  file.start(running(1, 5e-3, 1));                          // once more
  file.report(1, 0, 0.75);
  CHECK(read_study(path).trials[1].parameters.at("lr") == 5e-3);
  CHECK(read_study(path).trials[1].intermediate.at(0) == 0.75);
  run_sql(path, "INSERT INTO trials (number, study_id, state) VALUES (4, 1, 'FAIL')");
  CHECK_THROWS_WITH(file.start(running(4, 1e-3, 1)), ContainsSubstring("another program"));
}

TEST_CASE("who follows does not take over a study that is ahead of it", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  const auto claim = folder / "jobs" / "study";
  auto others = std::make_unique<Claims>(folder / "jobs");
  auto writer = std::make_unique<StudyFile>(path, "sample", *others, claim);
  CHECK(writer->writes());
  Claims ours(folder / "jobs");
  StudyFile follower(path, "sample", ours, claim);
  CHECK(!follower.writes());  // another does
  end(*writer, running(1, 2e-3, 0), TrialState::complete, 0.75);
  writer->start(running(4, 5e-3, 1));
  end(*writer, running(4, 5e-3, 1), TrialState::complete, 0.25);
  writer.reset();
  others.reset();
  // Its own view stays, and it does what was done there, until it has come as far.
  CHECK(!follower.writes());
  follower.start(running(1, 2e-3, 0));
  end(follower, running(1, 2e-3, 0), TrialState::complete, 0.75);
  CHECK(!follower.writes());
  follower.start(running(4, 5e-3, 1));
  end(follower, running(4, 5e-3, 1), TrialState::complete, 0.25);
  CHECK(follower.writes());
  follower.start(running(5, 6e-3, 1));
  CHECK(read_study(path).trials.size() == 6);
  CHECK(read_study(path).trials[4].value == 0.25);
}

TEST_CASE("a study has the same bytes, whoever writes it", "[train]") {
  const TempFolder folder;
  const auto write = [&](const char* name, bool changes_hands) {
    const auto path = folder / name, claim = folder / "jobs" / name;
    Trial one = running(0, 1e-3, 1), two = running(1, 2e-3, 0);
    for (Trial* t : {&one, &two}) t->started = t->completed = "2026-11-21 12:00:00.000000";
    auto claims = std::make_unique<Claims>(folder / "jobs");
    auto file = std::make_unique<StudyFile>(path, "sample", *claims, claim);
    file->create({});
    REQUIRE(file->writes());
    file->start(one);
    file->start(two);
    if (changes_hands) {
      file.reset();
      claims = std::make_unique<Claims>(folder / "jobs");
      file = std::make_unique<StudyFile>(path, "sample", *claims, claim);
      REQUIRE(file->writes());
      end(*file, two, TrialState::complete, 0.5);
      end(*file, one, TrialState::complete, 0.25);
    } else {
      end(*file, one, TrialState::complete, 0.25);
      end(*file, two, TrialState::complete, 0.5);
    }
    return read_text(path, "test");
  };
  CHECK(write("one", false) == write("two", true));
}

TEST_CASE("several studies share a file", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  {
    StudyFile file(path, "other");
    Study minimise;
    minimise.maximize = false;
    file.create(minimise);
    file.start(running(0, 1e-3, 1));
    end(file, running(0, 1e-3, 1), TrialState::complete, 3);
  }
  CHECK_THROWS_WITH(read_study(path), ContainsSubstring("other, sample"));
  CHECK_THROWS_WITH(read_study(path, "third"), ContainsSubstring("no study third"));
  CHECK(read_study(path, "sample").trials.size() == 4);
  CHECK(open_study(path.string() + "#other").trials.size() == 1);
  CHECK_FALSE(open_study(path.string() + "#other").maximize);
}

TEST_CASE("what is no study gives one clear line", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  const auto refuses = [&](const std::string& part) {
    CHECK_THROWS_WITH(read_study(path), ContainsSubstring(part) && ContainsSubstring("s.sqlite"));
  };
  refuses("no such file");
  CHECK_THROWS_WITH(read_study(folder.path), ContainsSubstring("is a folder"));
  write_file(path, std::string_view(), "test");
  refuses("no table studies");
  write_file(path, std::string_view("[lr]\ntype = 'log'\nlow = 1e-5\nhigh = 3e-2\n"), "test");
  refuses("is not an SQLite database");
  CHECK_THROWS_WITH(StudyFile(path, "sample"), ContainsSubstring("is not an SQLite database"));
  std::filesystem::remove(path);
  run_sql(path, "CREATE TABLE songs (title TEXT)");
  refuses("no table studies");
  CHECK_THROWS_WITH(StudyFile(path, "sample"), ContainsSubstring("no table studies"));

  const auto damage = [&](const std::string& sql, const std::string& part) {
    INFO(sql);
    std::filesystem::remove(path);
    write_sample(path);
    run_sql(path, sql);
    refuses(part);
  };
  damage("DELETE FROM studies", "has no study in it");
  damage("DELETE FROM study_directions", "no direction");
  damage("UPDATE study_directions SET direction = 'UP'", "unknown direction UP");
  damage("INSERT INTO study_directions (direction, study_id, objective) VALUES ('MINIMIZE', 1, 1)",
         "several objectives");
  damage("UPDATE trials SET state = 'DONE' WHERE number = 1", "unknown state DONE");
  damage("UPDATE trials SET number = 7 WHERE number = 1", "not numbered");
  damage("UPDATE trials SET number = 'x'", "column number");
  damage("UPDATE trial_params SET param_value = 2 WHERE param_name = 'batch'", "impossible value");
  damage("UPDATE trial_params SET param_value = -1 WHERE param_name = 'lr'", "impossible value");
  damage("UPDATE trial_params SET param_value = 'x'", "column param_value");
  damage("UPDATE trial_params SET distribution_json = '{}'", "expected a distribution");
  damage("UPDATE trial_values SET value = 9e999", "not finite");
  damage("UPDATE trial_values SET value_type = 'NAN'", "NaN");
  damage("UPDATE trial_values SET objective = 1", "objective");
  damage("DELETE FROM trial_values", "has no value");
  damage("UPDATE trial_intermediate_values SET step = 99999999999 WHERE step = 1",
         "impossible step");
  damage("ALTER TABLE trial_values DROP COLUMN value_type", "value_type");
  damage("DROP TABLE trials; CREATE VIEW trials AS SELECT 1", "no table trials");
}

TEST_CASE("Optuna sees what we wrote", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  const int status = run_python(R"(
assert study.direction == optuna.study.StudyDirection.MAXIMIZE
assert study.user_attrs == {'model': 'm'}
states = [t.state for t in study.trials]
assert states == [TrialState.COMPLETE, TrialState.RUNNING, TrialState.FAIL, TrialState.PRUNED]
t = study.trials[0]
assert t.params == {'lr': 1e-3, 'batch': 8} and t.value == 0.5
assert t.intermediate_values == {0: 0.25, 1: 0.5} and t.user_attrs == {'note': 'done'}
assert t.distributions['lr'] == optuna.distributions.FloatDistribution(1e-5, 0.1, log=True)
assert t.datetime_start <= t.datetime_complete
assert math.isnan(study.trials[2].intermediate_values[0])
assert study.trials[3].value == -math.inf
assert study.best_trial.number == 0
)",
                                path);
  if (status >= 0) CHECK(status == 0);
}

TEST_CASE("Optuna continues a study, and we continue Optuna's", "[train]") {
  const TempFolder folder;
  const auto path = folder / "s.sqlite";
  write_sample(path);
  const int status = run_python(R"(
study.enqueue_trial({'lr': 0.002, 'batch': 4})
def objective(trial):
    lr = trial.suggest_float('lr', 1e-5, 0.1, log=True)
    batch = trial.suggest_categorical('batch', [4, 8])
    for step in range(3):
        trial.report(lr * step, step)
    if trial.number == 5:
        raise optuna.TrialPruned()
    return lr * batch
study.optimize(objective, n_trials=15)
study.enqueue_trial({'lr': 0.003})
)",
                                path);
  if (status < 0) return;
  REQUIRE(status == 0);
  StudyFile file(path, "sample");
  const Study& study = file.study();
  REQUIRE(study.trials.size() == 20);
  CHECK(study.trials[4].parameters == ParameterValues{{"batch", 0}, {"lr", 0.002}});
  CHECK(study.trials[4].value == 0.008);
  CHECK(study.trials[5].state == TrialState::pruned);
  CHECK(study.trials[5].value == study.trials[5].intermediate.at(2));
  CHECK(study.trials[19].state == TrialState::waiting);
  CHECK(study.trials[19].system.contains("fixed_params"));
  Trial next = running(19, 0.003, 0);
  file.start(next);
  end(file, next, TrialState::complete, 9);
  CHECK(run_python("assert study.best_value == 9 and len(study.trials) == 20\n"
                   "study.optimize(lambda t: t.suggest_float('lr', 1e-5, 0.1, log=True),"
                   " n_trials=2)\nassert len(study.trials) == 22\n",
                   path) == 0);
}
