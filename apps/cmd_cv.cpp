// sonant cv: every fold of a corpus, with several seeds: a row of the results table.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/judged.h>

#include <memory>
#include <optional>

#include "command_paths.h"
#include "commands.h"
#include "data_display.h"
#include "feature_options.h"
#include "options.h"
#include "print_metrics.h"
#include "terminal.h"
#include "train_options.h"

namespace sonant::apps {
namespace {

struct Options {
  CvOptions cv;
  ResultOptions result;
  MachineOptions machine;
  SharedOptions shared;
};

class Display {
 public:
  explicit Display(const Command& command) : run_(command) {}
  Callbacks callbacks() {
    Callbacks c = run_.callbacks();
    c.jobs = [this](const CvProgress& p) {
      if (!bar_) bar_.emplace("epochs", static_cast<long>(p.epochs));
      bar_->update(static_cast<long>(p.epochs_done),
                   fmt::format("{} of {} done", p.jobs_done, count_of(p.jobs, "training")));
    };
    return c;
  }
  void finish() {
    if (bar_) bar_->finish();
  }

 private:
  RunDisplay run_;
  std::optional<Progress> bar_;
};

// Every head, all seeds together.
std::string heads_text(const CvResult& r) {
  if (r.heads.empty()) return metrics_text(compute_metrics(r.confusion), r.data.class_names);
  std::string text;
  for (const CvHead& head : r.heads) {
    const Spread figures = spread_of(head.figures);
    text +=
        fmt::format("{}{}: {} {:.4f} +- {:.4f}\n", text.empty() ? "" : "\n", printable(head.head),
                    figure_name(head.of_classes), figures.mean, figures.stddev);
    NumberPairs pairs;
    for (const NumberPairs& seed : head.pairs) pairs.add(seed);
    text += head.of_classes ? metrics_text(compute_metrics(head.confusion), head.class_names)
                            : metrics_text(compute_metrics(pairs));
  }
  return text;
}

void print_result(const CvResult& r, const std::filesystem::path& out) {
  // Of the epochs that were chosen, by those who chose them, and a mean over the folds.
  const bool classes = watches_classes(r.config);
  const std::string figure = figure_name(classes),
                    chosen = choosing_part(r.data) + " " + figure + " of folds";
  const bool is_chosen = r.data.chooser != Chooser::nobody;
  print("{:>6}  {:>7}{}{}\n", "seed", figure, classes ? "  accuracy" : "",
        is_chosen ? fmt::format("  {:>14}", chosen) : "");
  for (std::size_t s = 0; s < r.seeds.size(); ++s) {
    const CvSeed& seed = r.seeds[s];
    print("{:>6}  {:>7.4f}{}{}\n", seed.seed, classes ? seed.test.uar : r.heads.front().figures[s],
          classes ? fmt::format("  {:>8.4f}", seed.test.accuracy) : "",
          is_chosen ? fmt::format("  {:>{}.4f}", seed.choose_figure, chosen.size()) : "");
  }
  print("\n{}, {} protocol, {} of {}: {} parameters\n{}", r.config.model, r.data.protocol,
        r.data.split, printable(r.data.corpus), r.parameters, leak_text(r.data));
  print("{} {:.4f} +- {:.4f} (population std), max {:.4f}, over {}\n", figure, r.figure.mean,
        r.figure.stddev, r.figure.max, count_of(std::ssize(r.seeds), "seed"));
  print("{:.0f} s, of {:.0f} s on one thread{}\n\n", r.seconds, r.cpu_seconds,
        r.resumed_jobs == 0 ? "" : "; found done: " + count_of(r.resumed_jobs, "training"));
  print("{}{}",
        r.seeds.size() == 1
            ? ""
            : fmt::format("all seeds together: every file is counted {} times\n", r.seeds.size()),
        heads_text(r));
  print("\n{}\n", printable((out / "cv.json").native()));
}

void run(const Command& command, Options& options) {
  options.shared.apply(options.machine, options.cv.out);
  options.cv.wait = !options.shared.leave;
  options.cv.any_isa = options.shared.any_isa;
  options.cv.times = ClaimTimes::dead_after(options.shared.dead_after);
  if (!options.result.file.empty()) check_writable(options.result.file, "cv");
  catch_stop_signals();
  Display display(command);
  const CvResult result = cross_validate(options.cv, display.callbacks());
  if (result.interrupted && stop_signal() == 0) {
    say("{} left to other processes; who ends last writes {}\n",
        count_of(options.cv.seeds * std::int64_t{result.folds} - std::ssize(result.jobs),
                 "training"),
        printable((options.cv.out / "cv.json").native()));
    return;
  }
  if (result.interrupted) {
    say("\nstopped; the same command goes on where it was\n");
    throw Stopped{stop_signal()};
  }
  display.finish();
  if (options.result.wanted() && options.result.write(to_json(result, true))) return;
  print_result(result, options.cv.out);
}

}  // namespace

void add_cv(Program& program) {
  auto options = std::make_shared<Options>();
  RunOptions& r = options->cv.run;
  Command& command = program.command(
      "cv", "Cross-validate: train on every fold, with several seeds.",
      "Trainings run side by side on all cores; the pooled predictions are judged. Killed and "
      "started again, it goes on where it was.");
  command.example = "sonant cv --data RAVDESS --out runs/h64 --seeds 10\nsonant table runs/h64";
  add_data_options(command, r.data, r.on_bad_file, r.cache);
  command.option("-o,--out", options->cv.out, "Folder of the experiment, made if need be")
      .called("DIR")
      .needed()
      .writes(PathRole::folder)
      .naming(experiment_files);
  command.option("--seeds", options->cv.seeds, "Runs of all folds: --seed, --seed + 1, ...")
      .at_least(1);
  const auto recipe = add_train_options(command, r.config, {"fold"});
  options->result.add_to(command);
  add_checkpoint_every(command, r.checkpoint_seconds);
  add_feature_options(command, r.features, recipe);
  options->machine.add_to(command, "-j,--jobs,--threads");
  options->shared.add_to(command);
  command.checks.push_back(
      [options] { check_recipe(options->cv.run.config, options->cv.run.features); });
  command.run = [&command, options] {
    options->cv.run.command = typed_command();
    run(command, *options);
  };
}

}  // namespace sonant::apps
