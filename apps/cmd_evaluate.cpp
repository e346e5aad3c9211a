// sonant evaluate: judges a model on the speakers of a fold.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/train/run.h>

#include <memory>

#include "commands.h"
#include "data_display.h"
#include "model_argument.h"
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

void run(const Command& command, const Options& options) {
  options.machine.apply();
  if (!options.result.file.empty()) check_writable(options.result.file, "evaluate");
  catch_stop_signals();
  const SpeechModel model = load_model(options.model);
  RunDisplay display(command);
  const EvaluateResult result = run_evaluation(model, options.evaluate, display.callbacks());
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  display.finish();
  if (options.result.wanted() && options.result.write(to_json(result.evaluation, result.judged)))
    return;
  print("{}\n{}", to_text(result.judged), metrics_text(result.evaluation));
}

}  // namespace

void add_evaluate(Program& program) {
  auto options = std::make_shared<Options>();
  EvaluateOptions& e = options->evaluate;
  Command& command = program.command(
      "evaluate", "Judge a model: UAR, accuracy, recalls and the confusion matrix.");
  command.example = "sonant evaluate --model model.safetensors --data RAVDESS --fold 0";
  add_model_file(command, options->model).needed();
  add_data_options(command, e.data, e.on_bad_file, e.cache);
  command.option("--fold", e.fold, "Which speakers are held out, from 0").at_least(0);
  command.option("--part", e.part, "Whose utterances are judged")
      .called("PART")
      .one_of({"test", "validation", "train", "all"});
  options->result.add_to(command);
  options->machine.add_to(command);
  command.checks.push_back([&command, options] {
    check_usage(options->evaluate.part != "all" || !command.typed("--fold"), "evaluate",
                "--part all judges the whole corpus, --fold a part of it; expected one of them");
  });
  command.run = [&command, options] { run(command, *options); };
}

}  // namespace sonant::apps
