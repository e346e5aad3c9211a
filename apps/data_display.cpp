#include "data_display.h"

#include <fmt/format.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/feature_cache.h>

#include <cmath>
#include <map>

#include "command_paths.h"

namespace sonant::apps {

void add_data_options(Command& command, std::filesystem::path& data, OnBadFile& on_bad_file,
                      std::filesystem::path& cache) {
  command
      .option("-d,--data", data,
              "Corpus: a folder of one that is known by its file names, such as RAVDESS or EMO-DB, "
              "or a manifest: a .csv file with the columns path, label, speaker")
      .called("DATA")
      .needed()
      .reads(PathRole::corpus);
  command
      .option("--on-bad-file", on_bad_file,
              "A file that cannot be used stops the run (fail) or is left out (skip)")
      .in("Files");
  cache = default_cache_folder();
  command.option("--cache", cache, "Folder where computed features are kept for the next run")
      .called("DIR")
      .writes(PathRole::folder)
      .in("Files");
  command
      .flag(
          "--no-cache", [&] { cache.clear(); }, "Compute the features anew")
      .in("Files");
}

Callbacks RunDisplay::callbacks() {
  Callbacks callbacks;
  callbacks.loading = [this](std::size_t done, std::size_t total) {
    if (!loading_) loading_.emplace("features", static_cast<long>(total));
    loading_->update(static_cast<long>(done));
  };
  callbacks.opened = [this](const Corpus& corpus) { compare_paths(command_, corpus); };
  callbacks.loaded = [this](const DataFacts& data) { on_loaded(data); };
  callbacks.batch = [this](const BatchProgress& p) { on_batch(p); };
  callbacks.epoch = [this](const EpochRecord& record) { on_epoch(record); };
  callbacks.note = [](const std::string& text) { say("note: {}\n", printable(text)); };
  callbacks.stop = [] { return stop_signal() != 0; };
  return callbacks;
}

void RunDisplay::finish() {
  if (loading_) loading_->finish();
  if (training_) training_->finish();
}

std::string part_text(const PartFacts& part) {
  std::string text = fmt::format("{:>5} {}, {}", part.files, part.files == 1 ? "file" : "files",
                                 part.speakers.size() == 1 ? "speaker" : "speakers");
  for (const std::string& speaker : part.speakers) text += ' ' + printable(speaker);
  return text;
}

void RunDisplay::on_loaded(const DataFacts& data) {
  if (loading_)
    loading_->finish(count_of(data.files, "file") + ", " + count_of(data.frames, "frame"));
  if (!data.bad.empty())
    say("{} left out: {}\n", count_of(std::ssize(data.bad), "file"), printable(summary(data.bad)));
  chooser_ = choosing_part(data);
  if (quiet()) return;
  say("{:<10} {}, {}\n", "corpus", printable(data.corpus), printable(data.split));
  const auto part = [](const char* name, const PartFacts& facts, const char* more = "") {
    if (facts.files > 0) say("{:<10} {}{}\n", name, part_text(facts), more);
  };
  part("train", data.train);
  if (data.chooser == Chooser::choose) part("choose", data.choose);
  part("test", data.test, data.chooser == Chooser::test ? "; they choose the epoch, too" : "");
}

void RunDisplay::on_batch(const BatchProgress& p) {
  if (!training_) training_.emplace("train", static_cast<long>(p.epochs) * p.batches);
  std::string note = fmt::format("epoch {}/{}", p.epoch, p.epochs);
  if (last_)
    note += fmt::format("  loss {:.3f}",
                        std::isnan(last_->train_loss) ? std::nan("") : last_->train_loss);
  if (last_ && chooser_ != word_of(Chooser::nobody))
    note += fmt::format("  {} {} {:.3f}, best {:.3f}", chooser_, figure_name(last_->of_classes),
                        last_->choose_figure, *best_);
  training_->update(static_cast<long>(p.epoch - 1) * p.batches + p.batch, note);
}

void RunDisplay::on_epoch(const EpochRecord& record) {
  last_ = record;
  best_ = std::max(best_.value_or(record.choose_figure), record.choose_figure);
}

}  // namespace sonant::apps
