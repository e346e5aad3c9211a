// sonant train: trains a model, keeps the best epoch by validation, judges it on held-out speakers.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/train/report/report.h>
#include <sonant/train/run.h>

#include <memory>
#include <optional>

#include "commands.h"
#include "data_display.h"
#include "options.h"
#include "print_metrics.h"
#include "terminal.h"
#include "train_options.h"

namespace sonant::apps {
namespace {

struct Options {
  RunOptions run;
  std::string json, report;
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  // A typing mistake in a path must show before the training, not after it.
  for (const std::string& path : {options.json, options.report})
    if (!path.empty() && path != "-") check_writable(path, "train");
  catch_stop_signals();
  RunDisplay display(options.run.config.epochs);
  const RunResult result = run_training(options.run, display.callbacks());
  if (result.interrupted) {
    fmt::print(stderr, "\nstopped; the checkpoint has all that was done: go on with --resume\n");
    throw Stopped{stop_signal()};
  }
  display.finish();

  if (!options.report.empty()) {
    std::optional<Embeddings> embeddings;
    if (!options.run.embeddings.empty()) embeddings = load_embeddings(options.run.embeddings);
    write_file(options.report, html_report(result, embeddings ? &*embeddings : nullptr), "train");
  }
  if (options.json == "-") {
    fmt::print("{}\n", to_json(result));
    return;
  }
  if (!options.json.empty()) write_file(options.json, to_json(result) + "\n", "train");
  fmt::print("best epoch {} of {}: validation UAR {:.4f}\n\ntest speakers\n{}\n", result.best_epoch,
             options.run.config.epochs, result.best_val_uar,
             metrics_text(result.test.metrics, result.data.class_names));
  fmt::print("weights {}\nmodel   {}\n", result.weights_hash, options.run.out.string());
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<Options>();
  RunOptions& r = options->run;
  CLI::App* command = app.add_subcommand(
      "train",
      "Train a model on some speakers of a corpus, keep the epoch that is best on others,\n"
      "and judge it on a third group that neither has heard.");
  add_data_options(*command, r.data, r.on_bad_file, r.cache);
  command->add_option("-o,--out", r.out, "Model file to write (.safetensors)")->required();
  command->add_option("--json", options->json, "Result file to write, - for stdout");
  command->add_option("--report", options->report, "HTML report to write, one file");
  command->add_option("--embeddings", r.embeddings,
                      "Embeddings of the test speakers to write (.safetensors); the report\n"
                      "shows them");
  command->add_option("--checkpoint", r.checkpoint, "Checkpoint file [OUT.checkpoint]");
  add_checkpoint_every(*command, r.checkpoint_seconds);
  command->add_flag("--resume", r.resume,
                    "Go on from the checkpoint, if there is one, to the same bits");
  add_train_options(*command, r.config);
  add_feature_options(*command, r.features);
  options->machine.add_to(*command);
  command->callback([options] {
    options->run.command = typed_command();
    run(*options);
  });
}

}  // namespace sonant::apps
