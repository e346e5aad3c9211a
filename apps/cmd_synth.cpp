// sonant synth: renders the synthetic corpus.
#include <fmt/format.h>
#include <sonant/audio/synth.h>
#include <sonant/audio/synth_layout.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

#include <memory>
#include <optional>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  std::string out;
  SynthSettings settings;
  MachineOptions machine;
};

void run(const Options& options) {
  options.machine.apply();
  catch_stop_signals();
  std::optional<Progress> progress;
  const std::size_t files =
      synthesise_corpus(options.out, options.settings, [&](std::size_t done, std::size_t total) {
        if (!progress) progress.emplace("synth", static_cast<long>(total));
        progress->update(static_cast<long>(done));
        return stop_signal() == 0;
      });
  if (stop_signal() != 0) throw Stopped{stop_signal()};
  if (progress) progress->finish();
  print("{} in {}\n", count_of(static_cast<std::int64_t>(files), "synthetic utterance"),
        printable(options.out));
}

}  // namespace

void add_synth(Program& program) {
  auto options = std::make_shared<Options>();
  SynthSettings& s = options->settings;
  Command& command =
      program.command("synth", "Render the synthetic corpus.",
                      "For trying everything without recordings: speech-like utterances in "
                      "RAVDESS's file naming, or another's. It is not speech; see the docs.");
  command.example = "sonant synth --out corpus";
  command.option("-o,--out", options->out, "Folder to write; nothing in it is overwritten")
      .called("DIR")
      .needed()
      .writes(PathRole::folder);
  command.option("--seed", s.seed, "Another seed gives other voices and takes");
  command.option("--speakers", s.speakers, "Speakers; odd ones male, even ones female")
      .between(1, 24);
  command.option("--repetitions", s.repetitions, "Takes of each sentence").between(1, 2);
  command
      .option("--layout", s.layout,
              "How files are called and laid out: as this corpus has them, which may lack some of "
              "the speakers and emotions")
      .called("WORD")
      .one_of(known_synth_layouts());
  command.option("--sample-rate", s.sample_rate, "Hz").between(16000, 96000);
  command
      .option("--difficulty", s.difficulty,
              "How far speakers and takes stray from the emotion's profile")
      .at_least(0);
  options->machine.add_to(command);
  command.run = [options] { run(*options); };
}

}  // namespace sonant::apps
