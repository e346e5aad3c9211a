// sonant train: trains a model, keeps the best epoch of those who choose, judges it on others.
#include <fmt/format.h>
#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/cluster/same_run.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/report/report.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>

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
  RunOptions run;
  ResultOptions result;
  std::string report;
  bool overwrite = false, elsewhere = false;
  MachineOptions machine;
};

// What ends one rank ends all. Most often it is the same for all of them, and rank 0 says it, if
// the others wait until they are ended.
void end_all(Communicator& ranks, const std::exception& error) {
  const bool usage = dynamic_cast<const UsageError*>(&error) != nullptr;
  for (int waits = 0; ranks.rank() > 0 && waits < 100; ++waits) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (stop_signal() != 0) throw Failed{usage ? 2 : 1};
  }
  say_error(ranks.rank() == 0 ? error.what()
                              : fmt::format("rank {} of {} on {}: {}", ranks.rank(), ranks.size(),
                                            host_name(), error.what()));
  ranks.abort(usage ? 2 : 1);
}

// What ranks besides the first have to do: nothing that anybody sees.
void follow(const Options& options) {
  const RunResult result = run_training(options.run, {.stop = [] { return stop_signal() != 0; }});
  if (result.interrupted) throw Stopped{stop_signal() != 0 ? stop_signal() : SIGTERM};
}

void train(const Command& command, const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  if (options.run.ranks && options.run.ranks->rank() > 0) return follow(options);
  // A typing mistake in a path must show before the training, not after it.
  for (const std::string& path : {options.result.file, options.report})
    if (!path.empty()) check_writable(path, "train");
  RunDisplay display(command);
  const RunResult result = run_training(options.run, display.callbacks());
  if (result.interrupted) {
    say("\nstopped; the checkpoint has all that was done: go on with --resume\n");
    throw Stopped{stop_signal() != 0 ? stop_signal() : SIGTERM};  // ours, or another rank's
  }
  display.finish();

  if (!options.report.empty()) {
    std::optional<Embeddings> embeddings;
    if (!options.run.embeddings.empty()) embeddings = load_embeddings(options.run.embeddings);
    write_file(options.report, html_report(result, embeddings ? &*embeddings : nullptr), "train");
  }
  if (options.result.wanted() && options.result.write(to_json(result))) return;
  const DataFacts& data = result.data;
  if (data.chooser == Chooser::nobody)
    print("the last of {} is kept\n", count_of(result.config.epochs, "epoch"));
  else
    print("{} epoch {} of {}: {} {} {:.4f}\n", result.config.keep == Keep::last ? "last" : "best",
          result.best_epoch, result.config.epochs, choosing_part(data),
          figure_name(result.test.of_classes), result.best_choose_figure);
  print("\ntest speakers{}\n{}{}\n", data.chooser == Chooser::test ? ", who chose the epoch" : "",
        leak_text(data), metrics_text(result.test));
  print("weights {}\nmodel   {}\n", result.weights_hash, printable(options.run.out.native()));
}

void run(const Command& command, Options options) {
  const Launch launch = launch_of_environment();
  if (launch.size == 1) return train(command, options);
  std::unique_ptr<Communicator> ranks;
  try {
    ranks = join_ranks(launch);
  } catch (const Error&) {  // the same for all
    if (launch.rank == 0) throw;
    throw Failed{};
  }
  options.run.ranks = ranks.get();
  try {
    train(command, options);
  } catch (const std::exception& error) {
    end_all(*ranks, error);
  }
}

void add_files(Command& command, Options& options) {
  RunOptions& r = options.run;
  command
      .option("--embeddings", r.embeddings,
              "Embeddings of the test speakers to write (.safetensors); the report shows them")
      .writes()
      .in("Files");
  command.option("--log", r.log, "A line per epoch: JSON, or a table if it ends in .csv")
      .writes()
      .in("Files");
  command.option("--tensorboard", r.tensorboard, "Folder for TensorBoard's event files")
      .called("DIR")
      .writes(PathRole::folder)
      .in("Files");
  command.option("--checkpoint", r.checkpoint, "Checkpoint file")
      .default_text("OUT.checkpoint")
      .writes()
      .in("Files");
  command
      .flag("--elsewhere", options.elsewhere,
            "Resume with another instruction set, OpenBLAS core or version than before, though "
            "the last bits may differ")
      .in("Files");
  add_checkpoint_every(command, r.checkpoint_seconds);
  add_requeue_exit(command);
}

}  // namespace

void add_train(Program& program) {
  auto options = std::make_shared<Options>();
  RunOptions& r = options->run;
  Command& command = program.command(
      "train", "Train a model on some speakers and judge it on others.",
      "The epoch that is kept is the best one for a second group of speakers; the figures are of a "
      "third group that neither has heard.");
  command.example =
      "sonant train --data RAVDESS --out model.safetensors\n"
      "sonant train --data RAVDESS --out m.st --model lstm-sa-h32 --epochs 40 --report m.html";
  add_data_options(command, r.data, r.on_bad_file, r.cache);
  command
      .option("-o,--out", r.out,
              "Model file to write (.safetensors); one that is there is replaced by the new one "
              "when that is done")
      .needed()
      .writes()
      .naming([&r](const NamedPath& out) {
        std::vector<NamedPath> all{out};
        if (r.checkpoint.empty())
          all.push_back({"the checkpoint of --out", checkpoint_path(r), PathRole::output});
        return all;
      });
  const auto recipe = add_train_options(command, r.config);
  command.flag("--resume", r.resume,
               "Go on from the checkpoint, if there is one, to the same bits");
  command.flag("--overwrite", options->overwrite,
               "Start anew where there is a checkpoint, which else ends the command");
  command.option("--report", options->report, "HTML report to write, one file")
      .called("FILE")
      .writes();
  options->result.add_to(command);
  add_files(command, *options);
  add_feature_options(command, r.features, recipe);
  options->machine.add_to(command);
  command.checks.push_back([options] {
    RunOptions& run = options->run;
    check_usage(!run.resume || !options->overwrite, "train",
                "--resume goes on from the checkpoint, --overwrite starts anew; expected one");
    check_recipe(run.config, run.features);
    check_launch(launch_of_environment(), run.config.shards);
    run.keep_checkpoint = !options->overwrite;
    run.same_machine = !options->elsewhere;
  });
  command.run = [&command, options] {
    options->run.command = typed_command();
    run(command, *options);
  };
}

}  // namespace sonant::apps
