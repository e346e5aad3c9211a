// sonant tune: searches hyperparameters with TPE, every trial trained on every fold.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>
#include <sonant/core/stopwatch.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/experiment/shared_features.h>
#include <sonant/train/search/tune.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "command_paths.h"
#include "commands.h"
#include "data_display.h"
#include "feature_options.h"
#include "options.h"
#include "terminal.h"
#include "train_options.h"

namespace sonant::apps {
namespace {

struct Options {
  TuneOptions tune;
  FeatureSettings features;
  const Protocol* protocol = nullptr;  // once the corpus is known
  std::filesystem::path data, cache;
  OnBadFile on_bad_file = OnBadFile::fail;
  std::string space = "notebook", out, print_space;
  ResultOptions result;
  MachineOptions machine;
  SharedOptions shared;
};

std::string parameters_text(const Trial& trial) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : trial.parameters) {
    const Choice choice = trial.distributions.at(name).choice(value);
    const auto* number = std::get_if<double>(&choice);
    parts.push_back(name + " " + (number ? fmt::format("{:.3g}", *number) : to_text(choice)));
  }
  return printable(joined(parts, "  "));
}

std::string state_text(const Trial& trial) {
  switch (trial.state) {
    case TrialState::complete:
      return fmt::format("{:.4f}", *trial.value);
    case TrialState::pruned:
      return fmt::format("pruned after {} at {:.4f}",
                         count_of(std::ssize(trial.intermediate), "fold"), *trial.value);
    default:
      return "failed";
  }
}

// A line for every trial; on a terminal a bar below them.
class TuneDisplay {
 public:
  Callbacks callbacks() {
    Callbacks c;
    c.search = [this](const TuneProgress& p) { draw(p); };
    c.trial = [this](const Trial& trial, const TuneProgress& p) { on_finished(trial, p); };
    c.note = [](const std::string& text) {
      say("{}note: {}\n", isatty(2) ? "\r\033[K" : "", printable(text));
    };
    c.stop = [] { return stop_signal() != 0; };
    return c;
  }

 private:
  void draw(const TuneProgress& p) {
    if (!isatty(2)) return;  // the lines of the trials are enough for a log
    if (!bar_) bar_.emplace("epochs", p.all_epochs);
    const Trial* best = p.study->best();
    bar_->update(p.epochs, best ? fmt::format("best {:.4f} (trial {})", *best->value, best->number)
                                : std::string());
  }

  void on_finished(const Trial& trial, const TuneProgress& p) {
    if (quiet()) return;
    const double left = watch_.seconds() * static_cast<double>(p.all_epochs - p.epochs) /
                        static_cast<double>(std::max(p.epochs, 1L));
    const Trial* best = p.study->best();
    const bool is_best = best && best->number == trial.number;
    const std::string value = best ? fmt::format("{:.4f}", *best->value) : "none";
    say("{}trial {:>3}  {}  {}{}\n", isatty(2) ? "\r\033[K" : "", trial.number,
        styled(state_text(trial), is_best ? "1;32" : "0"), parameters_text(trial),
        isatty(2) ? std::string()
                  : fmt::format("  [best {}{}]", value,
                                left >= 1 ? ", " + duration(left) + " left" : ""));
  }

  std::optional<Progress> bar_;
  Stopwatch watch_;
};

Dataset load(const Command& command, const Options& options) {
  RunDisplay display(command);
  const Callbacks callbacks = display.callbacks();
  RunOptions run;
  run.config = options.tune.config;
  run.features = options.features;
  run.on_bad_file = options.on_bad_file;
  run.cache = options.cache;
  for (const Hyperparameter& searched : options.tune.space)
    if (searched.name == "speed_share") run.config.speed_share = 1;  // some trial needs the copies
  Source source = open_data(options.data, run.config);
  callbacks.opened(source.corpus);
  Dataset data = load_shared_dataset(std::move(source), load_options(run), options.tune.jobs,
                                     callbacks, options.tune.times);
  if (data.interrupted) throw Stopped{stop_signal()};
  display.finish();
  return data;
}

// MODEL-PROTOCOL, or as version 0.1 named the study that is there.
std::string usual_name(const TuneOptions& tune) {
  const std::string model = tune.config.model + "-";
  std::vector<std::string> there;
  try {
    if (std::filesystem::exists(tune.study)) there = study_names(tune.study);
  } catch (const Error&) {  // whoever opens it says what is wrong, or begins it
  }
  for (const std::string_view former : former_protocols)
    if (protocol_name_now(former) == tune.config.protocol &&
        std::ranges::count(there, model + std::string(former)) > 0)
      return model + std::string(former);
  return model + tune.config.protocol;
}

std::string heading(const Options& options, const Study& study, const Trial& best) {
  std::string text = fmt::format(
      "Found by sonant tune: study {}, trial {} of {}\n{} {:.4f}, protocol {}, {}\n",
      printable(study.name), best.number, study.trials.size(), objective_name(*options.protocol),
      *best.value, options.protocol->name, count_of(options.tune.config.epochs, "epoch"));
  if (const std::string why = objective_warning(*options.protocol); !why.empty())
    text += "Warning: " + why + "\n";
  return text;
}

Json result_json(const Options& options, const TuneResult& result) {
  Json json{{"study", options.tune.study.native()},
            {"name", result.study.name},
            {"protocol", options.protocol->name},
            {"trials", result.study.trials.size()}};
  json["complete"] = result.study.count(TrialState::complete);
  json["pruned"] = result.study.count(TrialState::pruned);
  json["failed"] = result.study.count(TrialState::fail);
  json["objective"] = objective_name(*options.protocol);
  const ProtocolRules& rules = options.protocol->rules;
  json["chosen_by"] = {{"epoch", word_of(rules.chooser)},
                       {"hyperparameters", word_of(rules.search)}};
  json["leaks"] = options.protocol->leaks;
  if (const std::string why = objective_warning(*options.protocol); !why.empty())
    json["warning"] = why;
  const Trial* best = result.study.best();
  if (!best) return json;
  Json parameters = Json::object(), config = to_json(*result.best);
  for (const auto& [name, value] : best->parameters)
    std::visit([&, key = name](const auto& choice) { parameters[key] = choice; },
               best->distributions.at(name).choice(value));
  json["best"] = {{"trial", best->number},
                  {"value", *best->value},
                  {"parameters", parameters},
                  {"config", config}};
  return json;
}

void print_result(const Options& options, const TuneResult& result) {
  const Study& study = result.study;
  print("study {}: {}, {} complete, {} pruned, {} failed\n", printable(study.name),
        count_of(std::ssize(study.trials), "trial"), study.count(TrialState::complete),
        study.count(TrialState::pruned), study.count(TrialState::fail));
  const Trial* best = study.best();
  if (!best) {
    print("no trial is complete\n");
    return;
  }
  print("best trial {}: {} {:.4f}\n", best->number, objective_name(*options.protocol),
        *best->value);
  for (const auto& [name, value] : best->parameters)
    print("  {:<16} {}\n", name, printable(to_text(best->distributions.at(name).choice(value))));
  if (const std::string why = objective_warning(*options.protocol); !why.empty())
    print("warning: {}\n", why);
  if (!options.out.empty()) print("config {}\n", printable(options.out));
}

// What is searched cannot be set as well.
void refuse_fixed(const Command& command, const SearchSpace& space) {
  for (const Hyperparameter& p : space) {
    std::string flag = "--" + p.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    if (command.typed(flag))
      wrong_usage(flag + " is searched; expected a --space without " + p.name + ", or no " + flag);
  }
}

// Beside the study; a study's name may hold anything.
std::filesystem::path jobs_folder(const TuneOptions& tuning) {
  std::string name;
  for (const char c : tuning.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  std::filesystem::path folder = tuning.study;
  folder += ".jobs";
  return folder / name;
}

void run(const Command& command, Options& options) {
  if (!options.print_space.empty()) {
    const std::string_view text = builtin_space(options.print_space);
    check_usage(!text.empty(), "tune", "expects a space of: ", joined(builtin_space_names()),
                "; got ", options.print_space);
    print("{}", text);
    return;
  }
  if (options.data.empty() || options.tune.study.empty())
    wrong_usage("tune expects --data DIR and --study FILE");
  TuneOptions& tuning = options.tune;
  tuning.space = open_search_space(options.space, tuning.config);
  if (!builtin_space(options.space).empty())
    for (const Hyperparameter& p : open_search_space(options.space))
      if (std::ranges::count(tuning.space, p.name, &Hyperparameter::name) == 0)
        say("note: {} has no {}, which the space {} would vary\n", tuning.config.model, p.name,
            options.space);
  refuse_fixed(command, tuning.space);
  if (tuning.name.empty()) tuning.name = usual_name(tuning);
  check_usage(find_bad_utf8(tuning.name) == std::string::npos, "tune",
              "expects --name in UTF-8, got ", tuning.name);
  for (const std::string& path : {options.out, options.result.file})
    if (!path.empty()) check_writable(path, "tune");
  tuning.jobs = jobs_folder(tuning);
  options.shared.apply(options.machine, tuning.jobs);
  tuning.wait = !options.shared.leave;
  tuning.any_isa = options.shared.any_isa;
  tuning.times = ClaimTimes::dead_after(options.shared.dead_after);
  tuning.validate();
  check_recipe(tuning.config, options.features);
  catch_stop_signals();

  check_writable(tuning.study, "tune");
  const Dataset data = load(command, options);
  options.protocol = &protocol_for(data.corpus, tuning.config.protocol);
  TuneDisplay display;
  const TuneResult result = tune(data, tuning, display.callbacks());
  if (result.interrupted && stop_signal() == 0) {
    say("the trainings that are left are other processes'; they go on with {}\n",
        printable(tuning.study.native()));
    return;
  }
  if (result.interrupted) {
    say("{}stopped; {} holds every finished trial: the same command goes on\n",
        isatty(2) ? "\n" : "", printable(tuning.study.native()));
    throw Stopped{stop_signal()};
  }
  if (const Trial* best = result.study.best(); best && !options.out.empty())
    write_file(
        options.out,
        config_to_toml(*result.best, heading(options, result.study, *best), options.features),
        "tune");
  if (options.result.wanted() && options.result.write(result_json(options, result).dump(1))) return;
  print_result(options, result);
}

void add_search_options(Command& command, Options& options) {
  TuneOptions& t = options.tune;
  command.option("--study", t.study, "SQLite file, as Optuna's; if it is there, the search goes on")
      .writes(PathRole::store)
      .naming(study_files);
  command.option("--trials", t.trials, "Trials in the study, those that are in it included")
      .at_least(1);
  command
      .option("--space", options.space,
              fmt::format("{}, or a TOML file", joined(builtin_space_names())))
      .called("SPACE")
      .reads()
      .naming([](const NamedPath& space) {
        const bool known = !builtin_space(space.path.native()).empty();
        return known ? std::vector<NamedPath>() : std::vector{space};
      });
  const char* group = "Search";
  command.option("--print-space", options.print_space, "Print a space, to begin a file with")
      .called("SPACE")
      .in(group);
  command.option("--name", t.name, "Of the study in the file")
      .default_text("MODEL-PROTOCOL")
      .in(group);
  command
      .option("--workers", t.workers,
              "Trials under way at a time; trial n sees those before n - workers + 1")
      .at_least(1)
      .in(group);
  command.option("--pruner", t.pruner, "median: give up, after a fold, what is below the median")
      .in(group);
  command.option("--search-seed", t.seed, "Of the suggestions").in(group);
  command
      .option("--seed-from", t.seed_from,
              "FILE or FILE#NAME: another study, whose best trials are tried first")
      .called("STUDY")
      .reads()
      .naming(run_files)
      .in(group);
  command.option("--seed-best", t.seed_best, "So many of them").at_least(1).in(group);
}

}  // namespace

void add_tune(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command = program.command(
      "tune", "Search hyperparameters with the Tree-structured Parzen Estimator.",
      "A trial trains a model on every fold; what is not searched is set by the options of sonant "
      "train.");
  command.example =
      "sonant tune --data RAVDESS --study h64.sqlite --trials 60 --epochs 50 --out best.toml\n"
      "sonant cv --data RAVDESS --config best.toml --out runs/best";
  add_data_options(command, options->data, options->on_bad_file, options->cache);
  command.options.front().required = false;  // --print-space needs no --data
  command.option("-o,--out", options->out, "TOML file for the best config").called("FILE").writes();
  add_search_options(command, *options);
  const auto recipe = add_train_options(command, options->tune.config, {"fold"});
  options->result.add_to(command);
  add_feature_options(command, options->features, recipe);
  options->machine.add_to(command);
  options->shared.add_to(command);
  command.run = [&command, options] { run(command, *options); };
}

}  // namespace sonant::apps
