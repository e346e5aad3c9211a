// sonant evaluate: judges a model on a part of its corpus, or on another one.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/usage.h>
#include <sonant/train/experiment/evaluation.h>

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
  int fold = 0;
  CorpusPart part = CorpusPart::test;
  std::string classes;
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
  command.example =
      "sonant evaluate --model model.safetensors --data RAVDESS --fold 0\n"
      "sonant evaluate --model model.safetensors --data EMODB --labels anger=angry,sadness=sad";
  add_model_file(command, options->model).needed();
  add_data_options(command, e.data, e.on_bad_file, e.cache);
  command
      .option("--fold", options->fold, "Of the model's own corpus: which of the protocol's folds")
      .at_least(0);
  command.option("--part", options->part, "Of the model's own corpus: whose utterances are judged")
      .called("PART")
      .default_text("test; of another corpus all");
  command
      .option(
          "--labels", [&e](const std::string& text) { e.labels = parse_label_map(text); },
          "The corpus' classes by the model's names; those that are not named are left out: "
          "anger=angry,happiness=happy,neutral")
      .called("MAP");
  command
      .option("--classes", options->classes,
              "Judge these of the model's classes alone, with answers among them: angry,sad")
      .called("LIST");
  options->result.add_to(command);
  options->machine.add_to(command);
  command.checks.push_back([&command, options] {
    EvaluateOptions& wanted = options->evaluate;
    if (command.typed("--fold")) wanted.fold = options->fold;
    if (command.typed("--part")) wanted.part = options->part;
    check_usage(wanted.part != CorpusPart::all || !wanted.fold, "evaluate",
                "--part all judges the whole corpus, --fold a part of it; expected one of them");
    if (command.typed("--classes"))
      for (const auto& [name, same] : parse_label_map(options->classes))
        wanted.classes.push_back(name);
  });
  command.run = [&command, options] { run(command, *options); };
}

}  // namespace sonant::apps
