// sonant store: a corpus' features in a folder, for corpora that do not fit into memory.
#include <fmt/format.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/store_features.h>

#include <memory>

#include "commands.h"
#include "data_display.h"
#include "feature_options.h"
#include "options.h"
#include "terminal.h"
#include "train_options.h"

namespace sonant::apps {
namespace {

struct Options {
  StoreOptions store;
  double dead_after = 60;
  ResultOptions result;
  MachineOptions machine;
};

std::string to_json(const StoreResult& r) {
  return Json{{"clips", r.clips}, {"left_out", r.left_out}, {"frames", r.frames},
              {"bytes", r.bytes}, {"shards", r.shards},     {"shards_here", r.here}}
      .dump(1);
}

void run(const Command& command, const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  RunDisplay display(command);
  StoreOptions store = options.store;
  store.times = ClaimTimes::dead_after(options.dead_after);
  const StoreResult result = store_features(store, display.callbacks());
  if (result.interrupted) {
    say("\nstopped; the same command goes on where it was\n");
    throw Stopped{stop_signal()};
  }
  display.finish();
  if (options.result.wanted() && options.result.write(to_json(result))) return;
  print("{}, {}, {:.1f} MB in {}, {} of them computed here: {}\n", count_of(result.clips, "clip"),
        count_of(result.frames, "frame"), static_cast<double>(result.bytes) / (1 << 20),
        count_of(result.shards, "shard"), result.here, printable(options.store.out.native()));
}

}  // namespace

void add_store(Program& program) {
  auto options = std::make_shared<Options>();
  StoreOptions& s = options->store;
  Command& command = program.command(
      "store", "Compute a corpus' features into a folder that training reads.",
      "For corpora that do not fit into memory: the folder takes the place of the sounds as "
      "--data, "
      "and is read as it is needed. Any number of processes may be given the same folder, and "
      "share the work; killed and started again, they go on where they were.");
  command.example =
      "sonant store --data CORPUS --out features\n"
      "sonant train --data features --window 4 --out model.safetensors";
  command
      .option("-d,--data", s.data,
              "Corpus: a folder of one that is known by its file names, or a manifest")
      .called("DATA")
      .needed()
      .reads(PathRole::corpus);
  command.option("-o,--out", s.out, "Folder of the store, made if need be")
      .called("DIR")
      .needed()
      .writes(PathRole::folder);
  command.option("--on-bad-file", s.on_bad_file,
                 "A file that cannot be used ends the command (fail) or is left out (skip)");
  command.option("--shard-megabytes", s.shard_megabytes, "Size of a file of features, about");
  options->result.add_to(command);
  add_feature_options(command, s.features);
  options->machine.add_to(command);
  add_dead_after(command, options->dead_after);
  add_requeue_exit(command);
  command.run = [&command, options] { run(command, *options); };
}

}  // namespace sonant::apps
