#include <sonant/train/search/tune.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ranges>
#include <thread>

#include <sonant/core/file.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/experiment/arithmetic.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/search/choice_json_body.h>
#include <sonant/train/search/search_body.h>
#include <sonant/train/search/study_file.h>

namespace sonant {
namespace {

constexpr const char* kAt = "tune";

bool is_searched(const SearchSpace& space, std::string_view name) {
  return std::any_of(space.begin(), space.end(),
                     [&](const Hyperparameter& p) { return p.name == name; });
}

// What makes a study this one and not another: with these the same trials give the same values.
Attributes identity(const TuneOptions& o, int folds, const std::string& data) {
  Json fixed = to_json(o.config), space = Json::object();
  // Said elsewhere, or (fold) by the search itself.
  for (const char* name : {"fold", "folds", "model", "epochs", "protocol"}) fixed.erase(name);
  for (const std::string& name : settings_in_name(o.config)) fixed.erase(name);
  fixed["kernel"] = default_lstm_kernel();
  for (const Hyperparameter& p : o.space) {
    fixed.erase(p.name);
    space[p.name] = Json::parse(to_json(p.distribution));
  }
  Json search{{"sampler", "TPE"},
              {"seed", o.seed},
              {"workers", o.workers},
              {"pruner", word_of(o.pruner)},
              {"folds", folds},
              {"seed_from", o.seed_from},
              {"seed_best", o.seed_from.empty() ? 0 : o.seed_best}};
  return {{"model", Json(o.config.model).dump()},
          {"protocol", Json(o.config.protocol).dump()},
          {"epochs", Json(o.config.epochs).dump()},
          {"data", Json(data).dump()},
          {"fixed", fixed.dump()},
          {"space", space.dump()},
          {"search", search.dump()}};
}

// The first thing that differs, as "search/seed: 1 there, 2 here".
std::string difference(const std::string& key, const Json& there, const Json& here) {
  if (!there.is_object() || !here.is_object())
    return key + ": " + there.dump() + " there, " + here.dump() + " here";
  for (const auto& [name, value] : there.items()) {
    const std::string field = key + "/" + name;
    if (!here.contains(name)) return field + ": " + value.dump() + " there, nothing here";
    if (here.at(name) != value) return difference(field, value, here.at(name));
  }
  for (const auto& [name, value] : here.items())
    if (!there.contains(name))
      return key + "/" + name + ": nothing there, " + value.dump() + " here";
  return "";
}

// Settings that an earlier version did not have were what is now their default.
Json with_later_settings(Json there, const Json& here, const Json& searched,
                         const TrainConfig& config) {
  const Json defaults = to_json(TrainConfig{.model = config.model});
  Json fixed = Json::object();
  for (const auto& [name, value] : here.items()) {
    if (there.contains(name))
      fixed[name] = there.at(name);
    else if (defaults.contains(name) && !searched.contains(name))
      fixed[name] = defaults.at(name);
    there.erase(name);
  }
  for (const auto& [name, value] : there.items()) fixed[name] = value;
  return fixed;
}

void check_same_study(const Study& study, const Attributes& wanted, const TuneOptions& options) {
  const std::string which = options.study.string() + ": the study " + study.name;
  check(study.maximize, kAt, which, " minimises; expected one made by sonant tune");
  for (const auto& [key, json] : wanted) {
    const auto stored = study.user.find(key);
    check(stored != study.user.end(), kAt, which, " was not made by sonant tune (it has no ", key,
          "); expected a new file or another name");
    Json there = Json::parse_or_null(stored->second);
    const Json here = Json::parse(json);
    check(!there.is_null(), kAt, which, " is damaged: ", key, " is no JSON");
    if (key == "fixed" && study.user.contains("space"))
      there = with_later_settings(there, here, Json::parse_or_null(study.user.at("space")),
                                  options.config);
    if (key == "protocol" && there.is_string()) there = protocol_name_now(there.get<std::string>());
    if (there == here) continue;
    fail(kAt, which, " is another one (", difference(key, there, here),
         "); expected the settings it was begun with, or another name");
  }
  for (const Trial& trial : study.trials) {
    for (const Hyperparameter& p : options.space) {
      const auto d = trial.distributions.find(p.name);
      if (d == trial.distributions.end()) continue;
      check(d->second.kind == p.distribution.kind && d->second.choices == p.distribution.choices,
            kAt, which, " has in trial ", trial.number, " another kind of ", p.name);
    }
  }
}

// The best trials of another study, as Optuna enqueues what somebody asks for.
std::vector<Trial> seeded_trials(const TuneOptions& options) {
  std::vector<Trial> seeds;
  if (options.seed_from.empty()) return seeds;
  const Study other = open_study(options.seed_from);
  std::vector<const Trial*> order;
  for (const Trial& trial : other.trials)
    if (trial.state == TrialState::complete) order.push_back(&trial);
  check(!order.empty(), kAt, options.seed_from, ": has no complete trial to begin with");
  std::stable_sort(order.begin(), order.end(), [&](const Trial* a, const Trial* b) {
    return other.maximize ? *a->value > *b->value : *a->value < *b->value;
  });
  std::vector<Json> known;  // the same values twice would be trained twice
  for (const Trial* trial : order) {
    if (static_cast<int>(seeds.size()) == std::min(options.seed_best, options.trials)) break;
    Json fixed = Json::object();
    for (const Hyperparameter& p : options.space) {
      const auto value = trial->parameters.find(p.name);
      if (value == trial->parameters.end()) continue;
      const Choice choice = trial->distributions.at(p.name).choice(value->second);
      const double number = p.distribution.number_of(choice);
      if (p.distribution.contains(number))
        fixed[p.name] = choice_json(p.distribution.choice(number));
    }
    if (std::find(known.begin(), known.end(), fixed) != known.end()) continue;
    known.push_back(fixed);
    Trial seed;
    seed.number = static_cast<int>(seeds.size());
    seed.state = TrialState::waiting;
    seed.system["fixed_params"] = fixed.dump();
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

// The trainings in the folder are this search's: it holds what the study was begun with, which for
// one of an earlier version is not to the letter what is `wanted`.
void claim_folder(const TuneOptions& options, const Study& study, Attributes wanted) {
  const std::filesystem::path file = options.jobs / "experiment.json";
  for (auto& [key, json] : wanted) json = study.user.at(key);
  Json here(wanted);
  if (!std::filesystem::exists(file)) {
    Json first = here;
    first["arithmetic"] = arithmetic_json(this_environment(), options.any_isa);
    create_file(file, first.dump(1) + "\n", kAt);
  }
  Json there = Json::parse_or_null(read_text(file, kAt));
  const bool is_any =
      there.is_object() && there.contains("arithmetic") && there.at("arithmetic").is_string();
  if (there.is_object()) there.erase("arithmetic");
  const std::string begun = is_any == options.any_isa ? ""
                            : is_any                  ? ", begun with --isa any"
                                                      : ", begun without --isa any";
  check(there == here && begun.empty(), kAt, options.jobs.native(),
        ": holds trainings of another search", there == here ? begun : "",
        "; remove it, or give the study another name");
  const auto arithmetic = arithmetic_in(options.jobs);
  const std::string how =
      arithmetic ? arithmetic_difference(*arithmetic, this_environment()) : std::string();
  check(how.empty(), kAt, options.jobs.native(), ": ", how);
  const Json plan{{"folds", Json::parse(wanted.at("search")).at("folds")},
                  {"trials", options.trials},
                  {"epochs", options.config.epochs}};
  const std::string text = plan.dump() + "\n";  // for who looks on
  const std::filesystem::path path = options.jobs / "plan.json";
  if (!std::filesystem::exists(path) || read_text(path, kAt) != text) write_file(path, text, kAt);
}

// Whether the file tells of every trial that is finished here.
bool is_written(const StudyFile& file) {
  if (!std::filesystem::exists(file.path())) return false;
  const std::string where = file.path().native();
  Study there;
  try {
    there = parse_study(read_file(file.path(), kAt), where, file.study().name);
  } catch (const Error&) {  // as another host's changes may seem for a while
    return false;
  }
  return std::ranges::all_of(file.study().trials, [&](const Trial& trial) {
    const auto number = static_cast<std::size_t>(trial.number);
    return !trial.finished() || (number < there.trials.size() && there.trials[number].finished());
  });
}

// Another process may be about to write the last trials, or die before it has.
void wait_until_written(StudyFile& file, const std::function<bool()>& stop) {
  std::chrono::milliseconds pause{100};
  while (!file.writes() && !is_written(file) && !(stop && stop())) {
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(2000));
  }
}

// `begun` is called once the study is there and is the one that is meant.
TuneResult search(const TrainJob& train, int folds, const std::string& data,
                  const TuneOptions& options, const Callbacks& callbacks,
                  const std::function<void()>& begun) {
  options.validate();
  check(folds >= 1, kAt, "expects folds >= 1, got ", folds);
  const Attributes wanted = identity(options, folds, data);
  std::optional<Claims> claims;
  std::optional<StudyFile> opened;
  const std::filesystem::path claim = options.jobs / "study";
  if (options.jobs.empty()) {
    opened.emplace(options.study, options.name);
  } else {
    check_writable(options.study, kAt);
    make_folder(options.jobs, kAt);
    claims.emplace(options.jobs, options.times);
    opened.emplace(options.study, options.name, *claims, claim);
  }
  StudyFile& file = *opened;
  if (file.exists()) {
    check_same_study(file.study(), wanted, options);
  } else {
    Study study;
    study.user = wanted;
    study.trials = seeded_trials(options);
    file.create(study);
  }
  if (claims) claim_folder(options, file.study(), wanted);
  begun();
  Search jobs(file, options, callbacks, folds);
  TuneResult result;
  result.interrupted =
      !run_jobs(jobs, train, {.claims = claims ? &*claims : nullptr, .wait = options.wait},
                {.note = callbacks.note, .stop = callbacks.stop});
  if (!result.interrupted) wait_until_written(file, callbacks.stop);
  if (!result.interrupted && claims) {
    claims->finish(claim);
    claims->tidy(options.jobs / "features");
  }
  result.study = file.study();
  if (const Trial* best = result.study.best())
    result.best = with_parameters(options.config, options.space, best->parameters);
  return result;
}

}  // namespace

void TuneOptions::validate() const {
  config.validate();
  check_usage(find_protocol(config.protocol).rules.search != Chooser::nobody, kAt, "protocol ",
              config.protocol, " has nobody to search by; expected another, as screening");
  check_usage(!space.empty(), kAt, "expects a space with at least one hyperparameter");
  check_usage(!is_searched(space, "t0") || config.cycles == 0, kAt,
              "searches t0, which has no effect with cycles = ", config.cycles);
  check_usage(!(is_searched(space, "t0") && is_searched(space, "cycles")), kAt,
              "searches t0 and cycles, which say the same: expects one of them");
  check_usage(trials >= 1, kAt, "expects trials >= 1, got ", trials);
  check_usage(workers >= 1, kAt, "expects workers >= 1, got ", workers);
  check_usage(seed_best >= 1, kAt, "expects seed_best >= 1, got ", seed_best);
  check_usage(!study.empty() && !name.empty(), kAt, "expects a study file and a name");
  check_usage(find_bad_utf8(name) == std::string::npos, kAt, "expects a name in UTF-8, got ", name);
}

double objective_value(Chooser judge, std::span<const FoldScore> folds) {
  check(!folds.empty(), kAt, "expects at least one fold");
  if (judge == Chooser::choose) {
    double sum = 0;
    for (const FoldScore& fold : folds) sum += fold.choose_figure;
    return sum / static_cast<double>(folds.size());
  }
  ConfusionMatrix pooled;
  NumberPairs numbers;
  for (const FoldScore& fold : folds) {
    pooled.add(fold.test);
    numbers.add(fold.numbers);
  }
  return pooled.classes() > 0 ? compute_metrics(pooled).uar : compute_metrics(numbers).ccc;
}

std::string objective_name(const Protocol& protocol) {
  return protocol.rules.search == Chooser::test ? "pooled test UAR" : "mean choose UAR";
}

std::string objective_warning(const Protocol& protocol) {
  std::string text;
  if (protocol.rules.search == Chooser::test)
    text = "hyperparameters are chosen by the UAR on the test speakers: no estimate for new ones";
  if (!protocol.leaks.empty())
    text +=
        (text.empty() ? "" : "; ") + ("protocol " + protocol.name + " leaks: ") + protocol.leaks;
  return text;
}

TuneResult tune(const TrainJob& train, int folds, const std::string& data,
                const TuneOptions& options, const Callbacks& callbacks) {
  return search(train, folds, data, options, callbacks, [] {});
}

TuneResult tune(const Dataset& data, const TuneOptions& options, const Callbacks& callbacks) {
  check_recipe(options.config, data.settings);  // what would fail in every trial fails here
  const Protocol& protocol = protocol_for(data.corpus, options.config.protocol);
  Callbacks once = callbacks;  // trainings that go on say what the search says
  once.note = each_once(callbacks.note);
  const std::vector<Split> splits =
      make_splits(protocol, data.corpus, options.config.protocol_settings());
  return search(
      [&](const RunOptions& run, const Callbacks& of_run) { return train_on(data, run, of_run); },
      static_cast<int>(splits.size()), data.fingerprint, options, once,
      [&] {
        if (once.note) note_protocol(protocol, splits.front(), once.note);
      });
}

}  // namespace sonant
