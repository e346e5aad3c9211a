#include <sonant/train/search/study.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <sonant/core/error.h>
#include <sonant/core/text.h>
#include <sonant/train/search/sqlite_body.h>
#include <sonant/train/search/study_reader_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "study";

constexpr std::array<std::string_view, 5> kStates{"RUNNING", "COMPLETE", "PRUNED", "FAIL",
                                                  "WAITING"};

constexpr std::array<const char*, 6> kTables{"studies",      "study_directions",
                                             "trials",       "trial_params",
                                             "trial_values", "trial_intermediate_values"};

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Fills one study, statement by statement.
class Reader {
 public:
  Reader(Database& db, std::int64_t study_id) : db_(db), id_(study_id) {}

  StoredStudy read(const std::string& name) {
    out_.study.name = name;
    read_direction();
    read_attributes("study", "study_id = ?1", [&](std::int64_t) { return &out_.study; });
    read_trials();
    read_parameters();
    read_values();
    read_intermediate();
    read_attributes("trial", "trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?1)",
                    [&](std::int64_t id) { return &trial(id); });
    return std::move(out_);
  }

 private:
  std::string damaged() const { return db_.where() + ": is damaged: "; }

  Trial& trial(std::int64_t id) {
    const auto found = by_id_.find(id);
    check(found != by_id_.end(), kAt, damaged(), "a row belongs to no trial");
    return out_.study.trials[found->second];
  }

  void read_direction() {
    Statement rows(db_, "SELECT direction FROM study_directions WHERE study_id = ?");
    rows.bind(id_);
    check(rows.step(), kAt, damaged(), "the study has no direction");
    const std::string direction = rows.text(0);
    check(direction == "MAXIMIZE" || direction == "MINIMIZE", kAt, damaged(), "unknown direction ",
          direction);
    out_.study.maximize = direction == "MAXIMIZE";
    check(!rows.step(), kAt, db_.where(), ": the study ", out_.study.name,
          " has several objectives; expected one");
  }

  void read_trials() {
    Statement rows(db_,
                   "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials"
                   " WHERE study_id = ? ORDER BY number");
    rows.bind(id_);
    for (std::size_t n = 0; rows.step(); ++n) {
      Trial t;
      check(rows.integer(1) == static_cast<std::int64_t>(n), kAt, damaged(),
            "the trials are not numbered 0, 1, 2, ...");
      t.number = static_cast<int>(n);
      const std::string word = rows.text(2);
      const auto state = std::find(kStates.begin(), kStates.end(), word);
      check(state != kStates.end(), kAt, damaged(), "unknown state ", word);
      t.state = static_cast<TrialState>(state - kStates.begin());
      if (!rows.is_null(3)) t.started = rows.text(3);
      if (!rows.is_null(4)) t.completed = rows.text(4);
      by_id_[rows.integer(0)] = n;
      out_.ids.push_back(rows.integer(0));
      out_.study.trials.push_back(std::move(t));
    }
  }

  void read_parameters() {
    Statement rows(db_,
                   "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params"
                   " WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)");
    rows.bind(id_);
    std::map<std::string, Distribution> seen;  // nearly all trials have the same
    while (rows.step()) {
      Trial& t = trial(rows.integer(0));
      const std::string name = rows.text(1), json = rows.text(3);
      const double value = rows.number(2);
      auto known = seen.find(json);
      if (known == seen.end()) {
        const std::string where = db_.where() + ": parameter " + name;
        known = seen.emplace(json, distribution_from_json(json, where)).first;
      }
      const Distribution& d = known->second;
      // Optuna takes enqueued values beyond the limits, so only nonsense is refused.
      check(std::isfinite(value) && (!d.log || value > 0) &&
                (d.kind != Distribution::Kind::categorical || d.contains(value)),
            kAt, damaged(), "the parameter ", name, " of trial ", t.number,
            " has an impossible value");
      t.parameters[name] = value;
      t.distributions[name] = d;
    }
  }

  double value_of(const Statement& rows, int value, int type) const {
    const std::string word = rows.text(type);
    if (word == "FINITE") {
      const double number = rows.number(value);
      check(std::isfinite(number), kAt, damaged(), "a value is not finite");
      return number;
    }
    if (word == "NAN") return std::nan("");
    check(word == "INF_POS" || word == "INF_NEG", kAt, damaged(), "unknown type of value ", word);
    return word == "INF_POS" ? kInfinity : -kInfinity;
  }

  void read_values() {
    Statement rows(db_,
                   "SELECT trial_id, value, value_type, objective FROM trial_values"
                   " WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)");
    rows.bind(id_);
    while (rows.step()) {
      Trial& t = trial(rows.integer(0));
      check(rows.integer(3) == 0, kAt, damaged(),
            "a value belongs to an objective that is not there");
      t.value = value_of(rows, 1, 2);
      check(!std::isnan(*t.value), kAt, damaged(), "the value of trial ", t.number, " is NaN");
    }
    for (const Trial& t : out_.study.trials)
      check(t.state != TrialState::complete || t.value.has_value(), kAt, damaged(), "trial ",
            t.number, " is complete and has no value");
  }

  void read_intermediate() {
    Statement rows(db_,
                   "SELECT trial_id, step, intermediate_value, intermediate_value_type"
                   " FROM trial_intermediate_values"
                   " WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)");
    rows.bind(id_);
    while (rows.step()) {
      const std::int64_t step = rows.integer(1);
      check(std::in_range<int>(step), kAt, damaged(), "impossible step ", step);
      trial(rows.integer(0)).intermediate[static_cast<int>(step)] = value_of(rows, 2, 3);
    }
  }

  // <owner>_user_attributes and <owner>_system_attributes, which Optuna makes and others may not.
  template <class Owner>
  void read_attributes(const std::string& owner, const std::string& condition, Owner&& owner_of) {
    for (const bool user : {true, false}) {
      const std::string table = owner + (user ? "_user_attributes" : "_system_attributes");
      if (!db_.has_table(table)) continue;
      Statement rows(
          db_, ("SELECT " + owner + "_id, key, value_json FROM " + table + " WHERE " + condition)
                   .c_str());
      rows.bind(id_);
      while (rows.step()) {
        auto* target = owner_of(rows.integer(0));
        (user ? target->user : target->system)[rows.text(1)] = rows.text(2);
      }
    }
  }

  Database& db_;
  std::int64_t id_;
  StoredStudy out_;
  std::map<std::int64_t, std::size_t> by_id_;
};

std::map<std::string, std::int64_t> studies_in(Database& db) {
  for (const char* table : kTables)
    check(db.has_table(table), kAt, db.where(), ": is not a study as Optuna 3 writes it (no table ",
          table, ")");
  std::map<std::string, std::int64_t> studies;
  Statement rows(db, "SELECT study_name, study_id FROM studies");
  while (rows.step()) studies[rows.text(0)] = rows.integer(1);
  return studies;
}

Study read_only(Database& db, const std::string& name) {
  const Transaction one_moment(db, "BEGIN");
  const auto studies = studies_in(db);
  const std::string names = joined(studies | std::views::keys);
  check(!studies.empty(), kAt, db.where(), ": has no study in it");
  check(!name.empty() || studies.size() == 1, kAt, db.where(),
        ": has several studies; expected the name of one of: ", names);
  const auto found = name.empty() ? studies.begin() : studies.find(name);
  check(found != studies.end(), kAt, db.where(), ": has no study ", name, "; it has: ", names);
  return Reader(db, found->second).read(found->first).study;
}

}  // namespace

std::string_view to_text(TrialState state) { return kStates.at(static_cast<std::size_t>(state)); }

const Trial* Study::best() const {
  const Trial* found = nullptr;
  for (const Trial& t : trials) {
    if (t.state != TrialState::complete) continue;
    if (!found || (maximize ? *t.value > *found->value : *t.value < *found->value)) found = &t;
  }
  return found;
}

int Study::count(TrialState state) const {
  return static_cast<int>(std::count_if(trials.begin(), trials.end(),
                                        [&](const Trial& t) { return t.state == state; }));
}

std::optional<StoredStudy> read_stored(Database& db, const std::string& name) {
  const Transaction one_moment(db, "BEGIN");
  const auto studies = studies_in(db);
  const auto found = studies.find(name);
  if (found == studies.end()) return std::nullopt;
  StoredStudy stored = Reader(db, found->second).read(name);
  stored.id = found->second;
  return stored;
}

Study read_study(const std::filesystem::path& file, const std::string& name) {
  Database db(file);
  return read_only(db, name);
}

std::vector<std::string> study_names(const std::filesystem::path& file) {
  Database db(file);
  std::vector<std::string> names;
  for (const auto& [name, id] : studies_in(db)) names.push_back(name);
  return names;
}

Study parse_study(std::span<const std::byte> bytes, const std::string& where,
                  const std::string& name) {
  Database db(bytes, where);
  return read_only(db, name);
}

Study open_study(const std::string& file_and_name) {
  const auto hash = file_and_name.rfind('#');
  if (hash == std::string::npos || std::filesystem::exists(file_and_name))
    return read_study(file_and_name);
  return read_study(file_and_name.substr(0, hash), file_and_name.substr(hash + 1));
}

}  // namespace sonant
