// sonant evaluate: judges a model on the speakers of a fold.
#include <fmt/format.h>
#include <sonant/train/run.h>

#include <memory>

#include "commands.h"
#include "data_display.h"
#include "options.h"
#include "print_metrics.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string model;
  EvaluateOptions evaluate;
  bool json = false;
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  const SpeechModel model = load_model(options.model);
  RunDisplay display;
  const EvaluateResult result = run_evaluation(model, options.evaluate, display.callbacks());
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  display.finish();
  if (options.json)
    fmt::print("{}\n", to_json(result.evaluation, model.class_names));
  else
    fmt::print("{}", metrics_text(result.evaluation.metrics, model.class_names));
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  EvaluateOptions& e = options->evaluate;
  CLI::App* command = app.add_subcommand(
      "evaluate", "Judge a model: UAR, accuracy, recalls and the confusion matrix.");
  command->add_option("-m,--model", options->model, "Model file, from sonant train")->required();
  add_data_options(*command, e.data, e.on_bad_file, e.cache);
  command->add_option("--fold", e.fold, "Which speakers are held out, from 0")
      ->capture_default_str();
  command->add_option("--part", e.part, "Whose utterances are judged")
      ->check(CLI::IsMember({"test", "validation", "train", "all"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "As JSON");
  options->machine.add_to(*command);
  command->callback([options] { run(*options); });
}

}  // namespace sonant::apps
