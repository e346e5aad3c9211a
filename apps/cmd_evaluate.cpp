// sonant evaluate: judges a model on the speakers of a fold.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/train/run.h>

#include <memory>

#include "command_paths.h"
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
  ResultOptions result;
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  if (!options.result.file.empty()) check_writable(options.result.file, "evaluate");
  catch_stop_signals();
  const SpeechModel model = load_model(options.model);
  RunDisplay display;
  const EvaluateResult result = run_evaluation(model, options.evaluate, display.callbacks());
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  display.finish();
  if (options.result.wanted() &&
      options.result.write(to_json(result.evaluation, model.class_names, result.judged)))
    return;
  print("{}\n{}", to_text(result.judged),
        metrics_text(result.evaluation.metrics, model.class_names));
}

}  // namespace

void add_evaluate(Program& program) {
  auto options = std::make_shared<Options>();
  EvaluateOptions& e = options->evaluate;
  Command& command = program.command(
      "evaluate", "Judge a model: UAR, accuracy, recalls and the confusion matrix.");
  command.example = "sonant evaluate --model model.safetensors --data RAVDESS --fold 0";
  command.option("-m,--model", options->model, "Model file, from sonant train")
      .called("FILE")
      .needed()
      .reads();
  add_data_options(command, e.data, e.on_bad_file, e.cache);
  command.option("--fold", e.fold, "Which speakers are held out, from 0").at_least(0);
  command.option("--part", e.part, "Whose utterances are judged")
      .called("PART")
      .one_of({"test", "validation", "train", "all"});
  options->result.add_to(command);
  options->machine.add_to(command);
  command.checks.push_back([options] {
    CommandPaths()
        .input("--model", options->model)
        .corpus("--data", options->evaluate.data)
        .folder("--cache", options->evaluate.cache)
        .output("--result", options->result.file)
        .output_or_dash("--json", options->result.json ? "-" : "")
        .check();
  });
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
